"""The Typer app, and the one place where an error becomes a message and an exit code."""

import errno
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import takewhile
from typing import Annotated, Any, Literal, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from wildrydes_cli import __version__
from wildrydes_cli.connection import Connection
from wildrydes_cli.errors import ExitCode, ServiceError, WildrydesError, interrupt_code
from wildrydes_cli.output import messages


class Group(NamedTuple):
    """A group of commands: its help, and the module of each command."""

    help: str
    commands: Mapping[str, str]


COMMANDS: Mapping[str, str | Group] = {
    "setup-table": "setup_table",
    "request": "request",
    "rides": Group(
        "Inspect the recorded rides.",
        {"list": "rides_list", "show": "rides_show", "watch": "rides_watch", "stats": "rides_stats"},
    ),
    "function": Group(
        "Deploy, test and delete the RequestUnicorn Lambda function.",
        {
            "deploy": "function_deploy",
            "invoke": "function_invoke",
            "logs": "function_logs",
            "delete": "function_delete",
        },
    ),
    "api": Group(
        "Deploy, test and delete the REST API and its users.",
        {"deploy": "api_deploy", "invoke": "api_invoke", "config": "api_config", "delete": "api_delete"},
    ),
    "page": Group(
        "Host the web page, with sign-in, and delete it.", {"deploy": "page_deploy", "delete": "page_delete"}
    ),
    "deploy": "deploy",
    "delete": "delete",
    "status": "status",
    "serve": "serve",
    "delete-table": "delete_table",
    "help": "show_help",
}
"""The commands and groups. Each command has a module in `commands`, with a function of the same name."""


_CANNOT_WRITE = (errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC)
"""Why a write to stdout can fail, besides a reader that left."""


class Command(TyperCommand):
    """A command. Its usage line says `RIDE_ID`, where Typer's says `{RIDE_ID}`."""

    def __init__(self, *args: Any, help: str, **settings: Any) -> None:  # noqa: A002  # Typer's own name
        super().__init__(*args, help=_filled(help), **settings)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class LazyGroup(TyperGroup):
    """A group of commands. It imports the module of a command only when that command is used."""

    def __init__(self, *, help: str, modules: Mapping[str, str | Group] = COMMANDS, **settings: Any) -> None:  # noqa: A002
        settings |= {"options_metavar": "", "subcommand_metavar": "COMMAND [OPTIONS]..."}
        super().__init__(help=_filled(help), **settings)
        self._modules = modules

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`. It is hidden: the help of a group is a list of commands that fits the window."""
        if option := super().get_help_option(ctx):
            option.hidden = True
        return option

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # TyperGroup's own signature
        """Return the names of the commands, in the order of the help."""
        return list(self._modules)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # as above
        """Return the command with that name, or None."""
        if cmd_name not in self.commands and (module := self._modules.get(cmd_name)):
            self.commands[cmd_name] = self._make(cmd_name, module)
        return self.commands.get(cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments. Without any, show the help."""
        return super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])

    def _make(self, name: str, module: str | Group) -> Any:
        markup: Any = self.rich_markup_mode
        if isinstance(module, Group):
            return LazyGroup(modules=module.commands, name=name, help=module.help, rich_markup_mode=markup)
        made = typer.Typer(rich_markup_mode=markup, add_completion=False, pretty_exceptions_enable=False)
        made.command(name, cls=Command)(getattr(import_module(f"wildrydes_cli.commands.{module}"), module))
        return typer.main.get_command(made)


def _filled(text: str) -> str:
    """Return `text` with each paragraph on one line, except examples. On a terminal, Typer keeps the line breaks."""
    return "\n\n".join(
        paragraph if paragraph.startswith("\b") else paragraph.replace("\n", " ") for paragraph in text.split("\n\n")
    )


class Root(LazyGroup):
    """The `wildrydes` command itself. Whatever a command raises ends here."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command line and exit with its code."""
        messages.prepare()
        words = sys.argv[1:] if args is None else args
        if words[:1] == ["__complete"]:
            from wildrydes_cli.completion import complete

            sys.exit(complete(self, *words[1:]))
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra) or 0
        except typer.Abort as error:
            code = interrupt_code(error.__context__)
        except typer.TyperException as error:
            from wildrydes_cli.usage import explain

            messages.error(*explain(error, words, self))
            code = ExitCode.USAGE
        sys.exit(code)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the root's own options. `--help` and `--version` end here."""
        with _reader_may_leave(), _explaining(None, debug=False):
            try:
                return super().make_context(*args, **extra)
            except typer.Exit:
                sys.stdout.flush()
                raise

    def invoke(self, ctx: Any) -> None:
        """Run a command. What it raises becomes a message and an exit code."""
        # A command's own options are not known yet: reading them can fail, too.
        with _reader_may_leave(), _explaining(ctx, debug="--debug" in takewhile("--".__ne__, ctx.args)):
            try:
                super().invoke(ctx)
            finally:
                if ctx.obj:
                    ctx.obj.note_requests()
            sys.stdout.flush()


@contextmanager
def _explaining(ctx: Any, *, debug: bool) -> Iterator[None]:
    """Turn what a block raises into a message and an exit code, with a traceback if `debug`."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
        raise
    except KeyboardInterrupt as error:  # Typer knows only the exit code of Ctrl-C
        raise typer.Exit(interrupt_code(error)) from error
    except Exception as error:
        known = _known(error)
        try:
            sys.stdout.flush()
        except OSError:
            messages.discard(sys.stdout)
        if debug:
            import traceback

            for line in "".join(traceback.format_exception(error)).splitlines():
                messages.note(line)
        connection = (ctx and ctx.obj) or Connection()
        messages.error(known.message, connection.hint(known))
        raise typer.Exit(known.exit_code) from error


def _known(error: Exception) -> WildrydesError:
    """Return `error` as one of ours."""
    if isinstance(error, WildrydesError):
        return error
    if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:  # what opens files and sockets explains its own
        return ServiceError(
            f"cannot write the output: {error.strerror}", hint="check where the output goes: is the disk full?"
        )
    return WildrydesError(
        f"{type(error).__name__}: {error}. This is a bug in wildrydes",
        hint="rerun with --debug and report the traceback",
    )


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End the command with 0 if the reader of its output has seen enough (`| head -1`)."""
    try:
        yield
    except BrokenPipeError:
        messages.discard(sys.stdout)
        raise typer.Exit(0) from None


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"wildrydes {__version__}")
        raise typer.Exit


def _print_completion(shell: str | None) -> None:
    if shell:
        from wildrydes_cli.completion import script

        print(script(shell), end="")
        raise typer.Exit


def _install_completion(shell: str | None) -> None:
    if shell:
        from wildrydes_cli.completion.install import install

        print(f"completion is set up in {install(shell)}. It begins in the next {shell} that you start")
        raise typer.Exit


Shell = Literal["bash", "zsh", "fish"]

app = typer.Typer(
    cls=Root,
    name="wildrydes",
    rich_markup_mode="rich" if messages.colorful(sys.stdout) else None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    # The help fits a terminal of 24 lines.
    epilog="COMMAND --help has examples; wildrydes help has the rest, such as completion.",
)


@app.callback()
def wildrydes(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, hidden=True, help="Show the version."),
    ] = False,
    install_completion: Annotated[
        Shell | None,
        typer.Option(callback=_install_completion, is_eager=True, hidden=True, help="Set up completion in that shell."),
    ] = None,
    show_completion: Annotated[
        Shell | None,
        typer.Option(callback=_print_completion, is_eager=True, hidden=True, help="Print the script that sets it up."),
    ] = None,
) -> None:
    """Dispatch unicorns to riders, and inspect the rides."""
