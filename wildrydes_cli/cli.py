"""The Typer app, and the one place where an error becomes a message and an exit code."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from wildrydes_cli import __version__
from wildrydes_cli.connection import Connection
from wildrydes_cli.errors import ExitCode, ServiceError, WildrydesError
from wildrydes_cli.output import messages as streams

COMMANDS: Mapping[str, Any] = {
    "setup-table": "setup_table",
    "request": "request",
    "rides": {"list": "rides_list", "show": "rides_show", "watch": "rides_watch", "stats": "rides_stats"},
    "function": {
        "deploy": "function_deploy",
        "invoke": "function_invoke",
        "logs": "function_logs",
        "delete": "function_delete",
    },
    "delete-table": "delete_table",
}
"""The commands and groups of commands. Each command has a module in `commands`, with a function of the same name."""

GROUP_HELP = {
    "rides": "Inspect the rides that were dispatched.",
    "function": "Deploy, try and remove the RequestUnicorn Lambda function.",
}


class LazyGroup(TyperGroup):
    """A group of commands that imports the module of one only when it is wanted."""

    def __init__(self, *, modules: Mapping[str, Any] = COMMANDS, **settings: Any) -> None:
        super().__init__(**settings)
        self.modules = modules
        self.commands: Any = dict.fromkeys(modules)  # made by get_command

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # TyperGroup's own signature
        """Return the command of that name, or None."""
        if self.commands.get(cmd_name) is None and (module := self.modules.get(cmd_name)):
            self.commands[cmd_name] = self._make(cmd_name, module)
        return self.commands.get(cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; where there are none, show the help."""
        return super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])

    def _make(self, name: str, module: str | Mapping[str, str]) -> Any:
        markup: Any = self.rich_markup_mode
        if not isinstance(module, str):
            return LazyGroup(modules=module, name=name, help=GROUP_HELP[name], rich_markup_mode=markup)
        made = typer.Typer(rich_markup_mode=markup, add_completion=False, pretty_exceptions_enable=False)
        made.command(name)(getattr(import_module(f"wildrydes_cli.commands.{module}"), module))
        return typer.main.get_command(made)


class Root(LazyGroup):
    """The `wildrydes` command itself: what any command raises ends here."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run the command line and exit with its code."""
        streams.prepare()
        extra["standalone_mode"] = False
        try:
            code = super().main(args, *rest, **extra) or 0
        except typer.Abort:
            code = ExitCode.INTERRUPTED
        except typer.TyperException as error:
            _explain_usage(error, sys.argv[1:] if args is None else args)
            code = ExitCode.USAGE
        sys.exit(code)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the root's own options; `--help` and `--version` end here."""
        with _reader_may_leave():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> None:
        """Run a command. What it raises becomes a message and an exit code."""
        with _reader_may_leave():
            try:
                super().invoke(ctx)
                sys.stdout.flush()
            except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
                raise
            except Exception as error:
                try:
                    sys.stdout.flush()
                except OSError:
                    streams.discard(sys.stdout)
                known = _known(error)
                _explain(error, known, ctx.obj or Connection())
                raise typer.Exit(known.exit_code) from error


def _known(error: Exception) -> WildrydesError:
    """Return `error` as one of ours."""
    if isinstance(error, WildrydesError):
        return error
    if isinstance(error, OSError):  # the stores explain theirs: what is left is our own output
        return ServiceError(f"cannot write the output: {error.strerror}", hint="make room where the output goes")
    return WildrydesError(
        f"{type(error).__name__}: {error}. This is a defect of wildrydes", hint="add --debug, and report what it shows"
    )


def _explain(error: Exception, known: WildrydesError, connection: Connection) -> None:
    """Tell what happened and what mends it."""
    if connection.debug:
        import traceback

        traceback.print_exception(error)
    mend = connection.command(*known.command) if known.command else ""
    streams.error(known.message, f"{known.hint} {mend}".strip())


def _explain_usage(error: typer.TyperException, args: Sequence[str]) -> None:
    """Tell what is wrong with the command line, and, where an option is missing, what it takes."""
    message = error.format_message().rstrip(".")
    if error.message == "" and (parameter := getattr(error, "param", None)):
        message += f": {parameter.help.rstrip('.')}"
    modules: Any = COMMANDS
    path = ["wildrydes"]
    for word in args:
        if isinstance(modules, str) or word not in modules:
            break
        path.append(word)
        modules = modules[word]
    streams.error(message[0].lower() + message[1:], f"{' '.join(path)} --help")


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End the command well where the reader of its output has seen enough (`| head -1`)."""
    try:
        yield
    except BrokenPipeError:
        streams.discard(sys.stdout)
        raise typer.Exit(0) from None


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"wildrydes {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Root,
    name="wildrydes",
    rich_markup_mode="rich" if streams.colorful(sys.stdout) else None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def wildrydes(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Dispatch unicorns to riders, and inspect the rides.

    Rides are kept in a DynamoDB table where AWS is configured, and in a file of your own where it is not.

    \b
    Example:
      wildrydes request --lat 47.6174 --lon -122.2884
      wildrydes rides list
    """
