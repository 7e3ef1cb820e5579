"""Which store a command talks to, from its options and the environment. Deciding this needs no network.

The fields of `Connection` are the connection options of every command. `takes_connection` adds them to a command.
"""

import dataclasses
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from wildrydes_cli.errors import InvalidError, NotConfiguredError, UsageError, WildrydesError, counted, shortened
from wildrydes_cli.output.messages import announce, note
from wildrydes_cli.output.text import shell_command
from wildrydes_cli.stores.base import RideStore, valid_table_name

if TYPE_CHECKING:
    from wildrydes_cli.aws import Account

T = TypeVar("T")

_option = functools.partial(typer.Option, rich_help_panel="Connection")

_AWS_VARIABLES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
AWS_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
"""The shared files of AWS's tools: the variable that names each, and where it is otherwise."""


def option_parser(check: Callable[[str], T]) -> Callable[[str], T]:
    """Turn a core validator into an option parser: `InvalidError` becomes a usage error that names the option."""

    def parse(text: str) -> T:
        try:
            return check(text)
        except InvalidError as error:
            raise typer.BadParameter(f"{shortened(text)} is not {error.allowed}.") from error

    parse.__name__ = "text"  # the type that the help of an argument names
    return parse


def _not_empty(text: str) -> str:
    """Refuse an empty value. A script has one if its variable is not set."""
    if not text:
        raise typer.BadParameter("it is empty. Leave the option out, or check the variable that it comes from.")
    return text


@dataclass(frozen=True)
class Connection:
    """Where the rides are and how to get there, as the user said it."""

    table: Annotated[
        str,
        _option(
            parser=option_parser(valid_table_name), metavar="NAME", envvar="WILDRYDES_TABLE", help="The table of rides."
        ),
    ] = "Rides"
    region: Annotated[str | None, _option(parser=_not_empty, metavar="REGION", help="The AWS region.")] = None
    profile: Annotated[str | None, _option(parser=_not_empty, metavar="NAME", help="The AWS profile.")] = None
    endpoint_url: Annotated[
        str | None, _option(parser=_not_empty, metavar="URL", help="Where to send requests instead of to AWS.")
    ] = None
    store: Annotated[
        Literal["auto", "dynamodb", "local"],
        _option(
            envvar="WILDRYDES_STORE",
            help="Where rides are kept. auto is DynamoDB if AWS is configured, else a file on this machine (local).",
        ),
    ] = "auto"
    verbose: Annotated[bool, _option("--verbose", help="Print the number of requests, and their cost, to stderr.")] = (
        False
    )
    # Reading the options can fail too, so `cli` looks for this option before they are read.
    debug: Annotated[bool, _option("--debug", help="Print a traceback with an error.")] = False

    @property
    def local(self) -> bool:
        """Whether the embedded store is used. Once AWS is configured in any way, `auto` never chooses it."""
        return self.store == "local" or (self.store == "auto" and not self._aws_is_configured(os.environ))

    @property
    def _options(self) -> list[str]:
        """The options needed to reach this store, minus those the environment already sets."""
        unsaid = {
            "table": os.environ.get("WILDRYDES_TABLE") or Connection.table,
            "region": None,
            "profile": None,
            "endpoint_url": None,
            "store": os.environ.get("WILDRYDES_STORE") or Connection.store,
        }
        said = {name: getattr(self, name) for name in unsaid if getattr(self, name) != unsaid[name]}
        return [word for name, value in said.items() for word in (f"--{name.replace('_', '-')}", str(value))]

    def command(self, *words: str) -> str:
        """Return a command to paste: it has the same connection as this one, unless `words` override it."""
        options = iter(self._options)
        added = [word for pair in zip(options, options, strict=True) if pair[0] not in words for word in pair]
        return shell_command(["wildrydes", *words, *added])

    def open(self) -> RideStore:
        """Return the store. This sends no request yet, and opens no file.

        Raises `UsageError` for options that contradict each other, `NotConfiguredError` for an unknown profile.
        """
        if self.local:
            self._refuse_aws_options()
            from wildrydes_cli.stores.sqlite.file import database_path
            from wildrydes_cli.stores.sqlite.rides import SQLiteRides

            return SQLiteRides(database_path(), self.table)
        from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides

        return DynamoDBRides(self._account.client("dynamodb"), self.table, self._account.warn)

    def hint(self, error: WildrydesError) -> str:
        """Return how to fix an error, with the commands that do it."""
        fix = " && ".join(self.command(*each) for each in (*error.first, error.command) if each)
        return f"{error.hint} {fix}".strip()

    def account(self, instead: tuple[str, ...]) -> "Account":
        """Return how to reach AWS, for a command that needs it.

        `instead` is the command that comes nearest without AWS.

        Raises `NotConfiguredError` if the store is the embedded one, and `UsageError` if an option is for AWS all the
        same.
        """
        if self.local:
            self._refuse_aws_options()
            set_up = "run aws login or aws configure, or add --profile or, on a machine in EC2, --region"
            if self.store == "local":
                set_up = _not_local()
            raise NotConfiguredError(
                "this needs AWS, but the store is the embedded one",
                hint=f"{set_up}; without AWS there is:",
                command=instead,
            )
        return self._account

    def _refuse_aws_options(self) -> None:
        if given := [name for name in self._options if name in ("--region", "--profile", "--endpoint-url")]:
            hint = f"leave out {given[0]}, or {_not_local()}"
            raise UsageError(f"{given[0]} is for AWS, but the store is local", hint=hint)

    @functools.cached_property
    def _account(self) -> "Account":
        from wildrydes_cli.aws import Account

        # A command can make several clients, but a warning is printed once.
        account = Account(self.region, self.profile, self.endpoint_url, warn=functools.cache(note))
        try:
            account.log_in()
        except (KeyboardInterrupt, NotConfiguredError) as error:
            if isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, EOFError):
                announce("")  # end the line of the question for an MFA code
            raise
        return account

    def note_requests(self) -> None:
        """With --verbose, print how many requests were sent to AWS, if any were."""
        if self.verbose and "_account" in vars(self):
            note(f"sent {counted(self._account.requests, 'request')} to AWS, including retries and polls")

    def _aws_is_configured(self, environment: Mapping[str, str]) -> bool:
        if self.region or self.profile or self.endpoint_url or any(map(environment.get, _AWS_VARIABLES)):
            return True
        return any(_has_content(environment.get(name) or default) for name, default in AWS_FILES.items())


@contextmanager
def open_store(connection: Connection, *, say_embedded: bool = False) -> Iterator[RideStore]:
    """Open the store, and close it after the block. Prints which store it is on a terminal, and its cost if wanted.

    With `say_embedded`, a pipe is told too if the embedded store was chosen because AWS is not configured.
    """
    store = connection.open()
    if sys.stderr.isatty() or (say_embedded and connection.store == "auto" and connection.local):
        note(f"using {store.label}")
    try:
        yield store
    finally:
        store.close()
        if connection.verbose:
            usage = store.usage
            units = f"{usage.capacity_units:g} capacity unit{'s' * (usage.capacity_units != 1)}"
            requests, items = counted(usage.requests, "request"), counted(usage.items_read, "item")
            note(f"asked {store.label}: {requests}, {items} read, {units}")


def _not_local() -> str:
    """Say how to take back the choice of the embedded store."""
    return "unset WILDRYDES_STORE" if os.environ.get("WILDRYDES_STORE") == "local" else "leave out --store local"


def _has_content(file: str) -> bool:
    try:
        return os.path.getsize(os.path.expanduser(file)) > 0  # noqa: PTH111, PTH202  # pathlib raises in more cases
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # the file exists, and AWS's own error will say what is wrong with it


def takes_connection(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the `connection` parameter of `command` with the connection options."""
    own = inspect.signature(command, eval_str=True).parameters
    kind = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)
        for field in dataclasses.fields(Connection)
    ]

    @functools.wraps(command)
    def with_options(context: typer.Context, **given: Any) -> None:
        connection = Connection(**{option.name: given.pop(option.name) for option in options})
        context.find_root().obj = connection  # `cli` needs it to explain an error, and to print the requests
        command(connection=connection, **given)

    context = inspect.Parameter("context", kind, annotation=typer.Context)
    parameters = [parameter.replace(kind=kind) for name, parameter in own.items() if name != "connection"]
    with_options.__signature__ = inspect.Signature([context, *parameters, *options])  # type: ignore[attr-defined]
    with_options.__annotations__ = {}
    return with_options
