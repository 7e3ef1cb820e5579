"""In any environment, a command succeeds, or fails with an error and a hint."""

import json
import os
import random
import re
import socket
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.hostile import OBEYED
from tests.support.repeat import pairs_of, times
from tests.support.running import AWS, PROGRAM, Ended, Terminal, obey_permissions

COMMANDS = [
    "--help",
    "--version",
    "rides list",
    "rides list -o json",
    "request --lat 1 --lon 2",
    "request --lat 1 --lon 2 --rider ada -o json",
    "request --from -",
    "request --from - --rider ada -o jsonl",
    "setup-table",
    "setup-table -o json",
    "rides show x",
    "rides stats",
    "delete-table --yes",
    "function invoke --local",
    "function invoke --local --event -",
    "function deploy --dry-run",
    "function logs",
]
STDIN = {"request": b"lat,lon\n1,2\n", "function": b'{"body": "{}"}'}
NOWHERE = {**AWS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
"""AWS is configured, but there is no server at its endpoint."""


class Setting(NamedTuple):
    """A change to the environment of a command. A variable with the value None is removed."""

    variables: dict[str, str | None]
    before: tuple[Callable[[], None], ...] = ()
    """Functions that the child process calls before it starts the program."""


def close_descriptors(*descriptors: int) -> Setting:
    return Setting({}, tuple(partial(os.closerange, each, each + 1) for each in descriptors))


def fill_descriptors(*descriptors: int) -> Setting:
    def before() -> None:
        device = os.open("/dev/full", os.O_WRONLY)
        for each in descriptors:
            os.dup2(device, each)

    return Setting({}, (before,))


def become_unknown_user() -> None:
    if os.geteuid() == 0:
        os.setreuid(54321, 0)  # an unknown user, who can still read Python's files


def enter_deleted_folder() -> None:
    """Change to a new folder, and delete it."""
    folder = f"/tmp/wildrydes-{os.getpid()}"
    os.mkdir(folder)  # noqa: PTH102
    os.chdir(folder)
    os.rmdir(folder)  # noqa: PTH106


def settings(tmp: Path) -> list[Setting]:
    """Return all settings to test. Their files are in `tmp`."""
    files = ("file", "config", "binary", "unreadable", "database")
    file, config, binary, unreadable, database = (tmp / name for name in files)
    fifo, listening, shut, open_ = (tmp / name for name in ("fifo", "socket", "shut", "open"))
    file.write_text("not what it should be\n")
    config.write_text("[default]\nregion = us-east-1\ns3 =\n  a\n[profile x\n")
    binary.write_bytes(bytes(range(256)))
    unreadable.write_text("[default]\n")
    unreadable.chmod(0)
    database.write_bytes(b"SQLite format 3\x00" + b"\xff" * 200)
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp)  # the path of a socket must be short
        server.bind("socket")
        os.chdir(here)
    shut.mkdir(mode=0)
    open_.mkdir()
    values: dict[str, list[str | None]] = {
        "HOME": [None, "", "/dev/null", str(file), str(shut), "relative", "~", "\udcff", "/proc"],
        "XDG_DATA_HOME": ["", "relative", str(file), "/proc", "\udce9"],
        "TMPDIR": ["/nonexistent", str(file)],
        "LANG": ["C", "nonsense", "tr_TR"],
        "LC_ALL": ["C", "POSIX", "nonsense"],
        "TERM": [None, "", "dumb", "nonsense", "\x1b[31m"],
        "COLUMNS": ["", "0", "1", "-5", "x", "\u00b2", "9" * 30],
        "LINES": ["\u00b2", "0"],
        "TERMINAL_WIDTH": ["x", "0", "-1", "\u00b2"],
        "NO_COLOR": ["1"],
        "FORCE_COLOR": ["1"],
        "TYPER_USE_RICH": ["0", "1"],
        "WILDRYDES_DB": [
            "",
            "/",
            ".",
            "/dev/null",
            "/dev/full",
            str(fifo),
            str(listening),
            f"/tmp/{'x' * 5000}",
            "/x" * 3000,
            "~nobody/x",
            "~no-such-user/x",
            "a b\n\x1b[31m?#%00\udcff",
            str(database),
            str(binary),
            str(unreadable),
            str(shut / "x"),
            str(file / "x"),
            "file:x?mode=memory",
            ":memory:",
            "/proc/x",
            "-",
        ],
        "WILDRYDES_TABLE": ["", "x", "\x1b[31m", "x" * 256, "\udcff", "../x"],
        "WILDRYDES_FUNCTION_NAME": ["", "x y", "\udcff"],
        "WILDRYDES_STORE": ["", "x", "dynamodb", "local", "\x1b[31m", "\udcff"],
        "WILDRYDES_OUTPUT": ["", "x", "json", "csv", "jsonl", "\x1b[31m", "\udcff"],
        "LOGNAME": ["", "x" * 200, "\udcff", "\x1b[31m"],
    }
    aws: dict[str, list[str | None]] = {
        "AWS_REGION": [None, "a b", "", "\udcff", "\x1b[31m", "x" * 300, "us-east-1\nx"],
        "AWS_DEFAULT_REGION": ["a b"],
        "AWS_ENDPOINT_URL": ["x", "http://", "http://[", "http://127.0.0.1:x", "ftp://127.0.0.1:1", "//", "\udcff"],
        "AWS_ENDPOINT_URL_DYNAMODB": ["http://127.0.0.1:99999", "http://ada:secret@127.0.0.1:1", "http://\x1b[31m"],
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ["x"],
        "AWS_ACCESS_KEY_ID": [None, "", "a\nb", "\udcff", "é"],
        "AWS_SECRET_ACCESS_KEY": [None, "\udcff"],
        "AWS_SESSION_TOKEN": ["a\nb", "é"],
        "AWS_MAX_ATTEMPTS": ["x", "0", "-1", ""],
        "AWS_RETRY_MODE": ["x", "adaptive"],
        "AWS_CONFIG_FILE": [str(each) for each in (file, config, binary, unreadable, tmp, fifo.parent / "gone", shut)],
        "AWS_SHARED_CREDENTIALS_FILE": [str(each) for each in (file, config, binary, unreadable, tmp)],
        "AWS_CA_BUNDLE": ["/nonexistent", str(binary)],
        "AWS_PROFILE": ["gone", "", "\udcff", "\x1b[31m"],
        "AWS_DEFAULTS_MODE": ["x", "auto"],
        "AWS_USE_FIPS_ENDPOINT": ["x", "true"],
        "AWS_USE_DUALSTACK_ENDPOINT": ["x", "true"],
        "AWS_STS_REGIONAL_ENDPOINTS": ["x"],
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": ["x", "required"],
        "AWS_ACCOUNT_ID": ["x"],
        "AWS_AUTH_SCHEME_PREFERENCE": ["x", ",,"],
        "AWS_SIGV4A_SIGNING_REGION_SET": ["x", ""],
        "AWS_DATA_PATH": ["/nonexistent", str(file), str(shut), str(tmp)],
        "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": ["x", "-1"],
        "AWS_DISABLE_REQUEST_COMPRESSION": ["x"],
        "AWS_REQUEST_CHECKSUM_CALCULATION": ["x"],
        "AWS_RESPONSE_CHECKSUM_VALIDATION": ["x"],
        "AWS_METADATA_SERVICE_TIMEOUT": ["x"],
        "AWS_METADATA_SERVICE_NUM_ATTEMPTS": ["x"],
        "AWS_SDK_UA_APP_ID": ["\x1b[31m", "x" * 200],
        "AWS_EXECUTION_ENV": ["a\nb", "é"],
        "AWS_CSM_ENABLED": ["x", "true"],
        "AWS_CSM_PORT": ["x"],
        "BOTO_CONFIG": [str(binary)],
        "HTTP_PROXY": ["x", "://", "http://127.0.0.1:1", "http://[", "\udcff"],
        "NO_PROXY": ["\x1b[31m"],
        "SSL_CERT_FILE": ["/nonexistent"],
    }
    made = [Setting({name: each}) for name, every in values.items() for each in every]
    made += [Setting({**NOWHERE, name: each}) for name, every in aws.items() for each in every]
    without = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    for name, value in {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "x",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "\x1b[31m",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp),
    }.items():
        role = {"AWS_ROLE_ARN": "x", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"}
        made.append(Setting({**NOWHERE, **without, **role, name: value}))
    made += [close_descriptors(*(each for each in range(3) if number & 1 << each)) for number in range(1, 8)]
    made += [fill_descriptors(1), fill_descriptors(2), fill_descriptors(1, 2)]
    made += [
        Setting({"HOME": None, "LOGNAME": None, "USER": None}, (become_unknown_user,)),
        Setting(
            {"HOME": None, "LOGNAME": None, "USER": None, "XDG_DATA_HOME": None},
            (become_unknown_user, enter_deleted_folder),
        ),
        Setting({"HOME": str(shut), "TMPDIR": str(shut)}, (obey_permissions,)),
        Setting({"HOME": str(open_), "WILDRYDES_DB": str(unreadable)}, (obey_permissions,)),
        Setting({"AWS_CONFIG_FILE": str(unreadable)}, (obey_permissions,)),
        Setting({"HOME": "/", "WILDRYDES_DB": str(open_ / "rides.db")}),  # root could write to /
        Setting({}, (enter_deleted_folder,)),
        Setting({"WILDRYDES_DB": "here.db"}, (enter_deleted_folder,)),
        Setting({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": str(open_ / "é")}),
    ]
    return made + [Setting({"PYTHONIOENCODING": each}) for each in ("ascii", "latin-1", "utf-16", "utf-32", "cp437")]


def run(command: str, environment: Setting) -> Ended:
    """Run `command` in an environment. A command that does not end is an error."""

    def before() -> None:
        for each in environment.before:
            each()

    words = command.split()
    variables = {**os.environ, **environment.variables}
    set_ = {name: value for name, value in variables.items() if value is not None}
    ended = subprocess.run(
        [*PROGRAM, *words],
        input=STDIN.get(words[0], b""),
        capture_output=True,
        timeout=60,
        check=False,
        env=set_,
        preexec_fn=before if environment.before else None,
    )
    encoding = set_.get("PYTHONIOENCODING", "utf-8")
    return Ended(ended.returncode, *(text.decode(encoding, "replace") for text in (ended.stdout, ended.stderr)))


def check_result(command: str, ended: Ended) -> None:
    assert ended.code in (0, 1, 2, 3, 4), ended
    said = ended.out + ended.err
    for bad in ("This is a bug", "Traceback", "Exception ignored", "Fatal Python error"):
        assert bad not in said, ended
    assert not OBEYED.search(said.replace("\r", "")), ended
    if ended.err and ended.code:  # stderr may be closed
        *_, error, hint = ["", *ended.err.splitlines()]
        assert error.startswith("error: "), ended
        assert hint.startswith("hint: "), ended
    if ended.code == 0:
        assert not re.search("^(error|hint):", ended.err, re.MULTILINE), ended
        if "-o json" in command:
            for text in ended.out.splitlines() if "jsonl" in command else filter(None, [ended.out]):
                json.loads(text)


def combine(one: Setting, other: Setting) -> Setting:
    return Setting({**one.variables, **other.variables}, other.before + one.before)


SHARES = 4
"""The number of tests that share the cases, so that they can run in parallel."""


@pytest.mark.parametrize("share", range(SHARES))
def test_commands_work_or_explain_in_unusual_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int, tell: Callable[[str], None]
) -> None:
    monkeypatch.chdir(tmp_path)  # some paths are relative to this folder
    every = settings(tmp_path)
    choose = random.Random(1)
    cases: list[tuple[str, Setting]] = []
    for _ in range(times(1, 3)):
        # Each round uses each setting once, together with another one and a random command.
        numbers = choose.sample(range(len(every)), len(every))
        half = len(numbers) // 2
        for one, other in zip(numbers[:half], numbers[half:], strict=False):
            cases.append((choose.choice(COMMANDS), combine(every[one], every[other])))
    mine = cases[share :: SHARES * times(16, 1)]
    for command, environment in mine:
        try:
            ended = run(command, environment)
            check_result(command, ended)
        except BaseException as error:
            error.add_note(f"{command}, in {environment.variables}")
            raise
    tell(f"{len(mine)} environments")


SIZES = ["\u00b2", "9" * 30, "0", "x", "99999999999", "1"]  # the first is a digit, but not a number


@pytest.mark.parametrize(("size", "command"), pairs_of(SIZES, ("--help", "rides list")))
def test_commands_work_in_a_window_of_any_size(size: str, command: str) -> None:
    # Set the size only for the command: pytest itself would print a line of that width.
    variables = dict.fromkeys(("COLUMNS", "LINES", "TERMINAL_WIDTH"), size)
    out = Terminal(*command.split(), env={**variables, "TERM": "nonsense", "WILDRYDES_STORE": "local"}).end().must().out
    assert "This is a bug" not in out
