"""What a shell offers for the word at the cursor: tables of values. Real shells are in tests/system."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.support.contract import ride
from tests.support.running import Cli
from wildrydes_cli.cli import COMMANDS, app
from wildrydes_cli.completion import Candidate, candidates
from wildrydes_cli.connection import Connection


@pytest.fixture(autouse=True)
def keep_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave these tests their terminal."""
    monkeypatch.setattr("wildrydes_cli.completion._leave_terminal", lambda: None)


def offered(*words: str) -> list[Candidate] | None:
    root: Any = typer.main.get_command(app)
    return candidates(root, words)


def words_of(found: Sequence[Candidate] | None) -> list[str]:
    assert found is not None
    return [each.word for each in found]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ([""], list(COMMANDS)),
        (["ri"], ["rides"]),
        (["rides", ""], ["list", "show", "watch", "stats"]),
        (["rides", "s"], ["show", "stats"]),
        (["nonsense", ""], []),
        (["rides", "nonsense", ""], []),
        (["--v"], ["--version"]),
        (["rides", "-"], ["--help"]),
        # options
        (["rides", "list", "--un"], ["--unicorn", "--until"]),
        (["rides", "list", "--unicorn", "Gil", "--un"], ["--until"]),
        (["rides", "list", "-o", "json", "--ou"], []),
        (["rides", "show", "--he"], ["--help"]),
        # values
        (["rides", "list", "-o", ""], ["table", "json", "jsonl", "csv", "geojson"]),
        (["rides", "show", "-o", ""], ["table", "json", "jsonl"]),
        (["rides", "list", "--output", "j"], ["json", "jsonl"]),
        (["rides", "list", "--output=j"], ["--output=json", "--output=jsonl"]),
        (["rides", "stats", "--by="], ["--by=day", "--by=hour"]),
        (["rides", "stats", "--store", "d"], ["dynamodb"]),
        (["rides", "watch", "--unicorn", ""], ["Angel", "Gil", "Rocinante"]),
        (["status", "--region", "us-gov-"], ["us-gov-east-1", "us-gov-west-1"]),
        (["rides", "list", "--region", "-"], []),
        (["rides", "list", "--region", "aws-"], []),  # aws-global is no region
        (["rides", "list", "--limit", ""], []),
        (["rides", "list", "--rider", ""], []),
        (["rides", "list", ""], []),
        (["rides", "list", "--", ""], []),
        (["rides", "show", "--", "-o", ""], []),
        (["rides", "show", "--", "--ou"], []),
        (["--show-completion", ""], []),
    ],
)
def test_what_is_offered(typed: list[str], words: list[str]) -> None:
    assert words_of(offered(*typed)) == words


@pytest.mark.parametrize("typed", [["request", "--from", ""], ["function", "invoke", "--event", "x"]])
def test_files_are_offered_only_where_a_file_is_meant(typed: list[str]) -> None:
    assert offered(*typed) is None


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        (["rides"], "Inspect the recorded rides"),
        (["rides", "list", "--all"], "List every ride"),
        (["rides", "list", "--unicorn", "Gil"], "White, Male"),
        (["status", "--region", "us-east-1"], "US East (N. Virginia)"),
    ],
)
def test_what_is_offered_has_a_meaning(typed: list[str], meaning: str) -> None:
    assert offered(*typed) == [Candidate(typed[-1], meaning)]


# Rides


def record(*ids: str, rider: str = "ada", table: str = "Rides") -> None:
    store = Connection(table=table, store="local").open()
    for number, ride_id in enumerate(ids):
        store.record(ride(ride_id, f"2020-11-23T08:00:{59 - number:02}.000Z", rider=rider))
    store.close()


def test_the_newest_rides_are_offered_with_their_riders_and_times(home: Path) -> None:
    record("new", "old", rider="ada@example.com")
    assert offered("rides", "show", "") == [
        Candidate("new", "ada@example.com, Angel, 2020-11-23 08:00"),
        Candidate("old", "ada@example.com, Angel, 2020-11-23 08:00"),
    ]
    assert words_of(offered("rides", "show", "o")) == ["old"]
    assert words_of(offered("rides", "show", "--", "o")) == ["old"]
    assert words_of(offered("rides", "show", "-o", "json", "")) == ["new", "old"]
    assert words_of(offered("rides", "show", "new", "")) == []
    assert words_of(offered("request", "--ride-id", "")) == []  # a ride has an id of its own


def test_only_the_newest_rides_are_looked_through(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.completion.NEWEST", 2)
    record("new", "old", "older")
    assert words_of(offered("rides", "show", "")) == ["new", "old"]
    assert words_of(offered("rides", "show", "older")) == []


@pytest.mark.parametrize("words", [["--table", "Other"], ["--store", "local", "--table=Other"]])
def test_the_rides_are_those_of_the_connection_that_is_typed(home: Path, words: list[str]) -> None:
    record("there", table="Other")
    record("here")
    assert words_of(offered("rides", "show", *words, "")) == ["there"]
    assert words_of(offered("rides", "show", "")) == ["here"]


def test_the_rides_are_those_of_the_table_in_the_variable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record("there", table="Other")
    monkeypatch.setenv("WILDRYDES_TABLE", "Other")
    assert words_of(offered("rides", "show", "")) == ["there"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_nothing_is_created_or_said_where_there_is_no_store(wildrydes: Cli, home: Path, shell: str) -> None:
    typed = ["wildrydes rides show "] if shell == "bash" else ["rides", "show", ""]
    ended = wildrydes("__complete", shell, *typed).must()
    assert (ended.out, ended.err) == ("", "")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--region", "us-east-1", "--store", "local", ""),  # they contradict each other
        ("--profile", "nobody", ""),
        ("--table", "!", ""),
        ("--no-such-option", "x", ""),
    ],
)
def test_nothing_is_said_where_rides_cannot_be_read(wildrydes: Cli, words: tuple[str, ...]) -> None:
    ended = wildrydes("__complete", "fish", "rides", "show", *words)
    assert (ended.out, ended.err) == ("", "")


@pytest.mark.parametrize("words", [(), ("bash",), ("zsh",), ("bash", "a", "b"), ("tcsh", "rides"), ("zsh", "\udcff")])
def test_nothing_is_said_if_a_shell_asks_in_a_wrong_way(wildrydes: Cli, words: tuple[str, ...]) -> None:
    assert wildrydes("__complete", *words).err == ""


@pytest.mark.parametrize("strange", ["-x", "a b", "$(id)", "a:b", "a\n", "\u202e", "é", "a'", "a\tb"])
def test_no_id_is_offered_that_a_shell_could_misunderstand(home: Path, strange: str) -> None:
    record("fine", "other")
    with closing(sqlite3.connect(home / ".local/share/wildrydes/rides.db", isolation_level=None)) as db:
        db.execute("UPDATE rides SET ride_id = ? WHERE ride_id = 'other'", (strange,))
    assert words_of(offered("rides", "show", "")) == ["fine"]


# Profiles


def test_profiles_are_those_of_both_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[default]\nregion = x\n[profile ada]\n# [profile no]\n[profile 'of mine']\n[sso-session no]\n[profile ]\n"
        '[profile "no]\n [profile no]\n[services no]\n',
        encoding="utf-8",
    )
    (home / ".aws/credentials").write_text("[ada]\n[bob]\naws_access_key_id = x\n", encoding="utf-8")
    assert words_of(offered("rides", "list", "--profile", "")) == ["ada", "bob", "default", "of mine"]
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "nothing"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home))
    assert words_of(offered("rides", "list", "--profile", "")) == []


# Shells


@pytest.mark.parametrize(
    ("shell", "line"),
    [("bash", "a:b"), ("zsh", r"a\:b"), ("fish", "a:b")],
)
def test_words_are_written_as_a_shell_reads_them(wildrydes: Cli, home: Path, shell: str, line: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[profile a:b]\n[profile 'c $(d)']\n", encoding="utf-8")
    typed = ["wildrydes status --profile "] if shell == "bash" else ["status", "--profile", ""]
    out = wildrydes("__complete", shell, *typed).must().out
    assert out.splitlines() == [line, r"c\ \$\(d\)" if shell == "bash" else "c $(d)"]


def test_a_meaning_is_escaped(wildrydes: Cli, home: Path) -> None:
    record("r1", rider="\x1b[2J\n`id` $(id)\u202e")
    said = r"\x1b[2J\n`id` $(id)\u202e, Angel, 2020-11-23 08:00"
    assert wildrydes("__complete", "fish", "rides", "show", "").must().out == f"r1\t{said}\n"
    assert wildrydes("__complete", "zsh", "rides", "show", "").must().out == f"r1:{said}\n"
    assert wildrydes("__complete", "bash", "wildrydes rides show ").must().out == "r1\n"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("wildrydes rides sh", "show\n"),
        ("./bin/wildrydes   rides  stats   --by h", "hour\n"),
        ("wildrydes 'rides' \"stats\" --by h", "hour\n"),
        ("wildrydes rides stats --by 'h", "hour\n"),
        ("wildrydes rides stats --by \\h", "hour\n"),
        ("wildrydes rides stats --by=h", "hour\n"),  # bash has a word of its own behind = and :
        ("wildrydes status --region=us-gov-w", "us-gov-west-1\n"),
        ("wildrydes status --profile school:a", "ada\n"),
        ("wildrydes rides list --endpoint-url http://127.0.0.1:1 --unicorn A", "Angel\n"),
        ("wildrydes rides 'st", "stats\n"),
        ("wildrydes 'a \"b", ""),
        ("wildrydes", ""),
    ],
)
def test_the_words_of_a_line_in_bash(wildrydes: Cli, home: Path, line: str, out: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/credentials").write_text("[school:ada]\n[other]\n", encoding="utf-8")
    assert wildrydes("__complete", "bash", line).must().out == out


# Setting it up


@pytest.mark.parametrize(("shell", "file"), [("bash", ".bashrc"), ("zsh", ".zshrc")])
def test_setting_completion_up_adds_one_line_to_what_the_shell_reads(
    wildrydes: Cli, home: Path, shell: str, file: str
) -> None:
    (home / file).write_bytes(b"alias w=wildrydes # \xff")
    for _ in range(2):
        assert f"completion.{shell}" in wildrydes("--install-completion", shell).must().out
    script = home / f".local/share/wildrydes/completion.{shell}"
    assert script.read_text() == wildrydes("--show-completion", shell).must().out
    first, line = (home / file).read_bytes().splitlines()
    assert first == b"alias w=wildrydes # \xff"
    assert line.decode().endswith(f"source {script}")
    assert {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} == {
        file,
        f".local/share/wildrydes/completion.{shell}",
    }


def test_fish_finds_its_script_itself(wildrydes: Cli, home: Path) -> None:
    wildrydes("--install-completion", "fish").must()
    (file,) = (path for path in home.rglob("*") if path.is_file())
    assert str(file.relative_to(home)) == ".config/fish/completions/wildrydes.fish"


def test_the_folders_of_the_user_are_used(wildrydes: Cli, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "it's data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("ZDOTDIR", str(home))
    for shell in ("zsh", "fish"):
        wildrydes("--install-completion", shell).must()
    assert (home / "config/fish/completions/wildrydes.fish").exists()
    assert (home / ".zshrc").read_text().endswith("it'\"'\"'s data/wildrydes/completion.zsh'\n")


@pytest.mark.parametrize("home", [None, "", "x"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_without_a_home_it_is_an_error(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str, home: str | None
) -> None:
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("uid not found")))
    monkeypatch.chdir(tmp_path)
    before = list(tmp_path.rglob("*"))
    message, hint = wildrydes("--install-completion", shell).error(3)
    assert message == "there is no home folder to set up completion in"
    assert hint == f"load the script yourself: wildrydes --show-completion {shell}"
    assert list(tmp_path.rglob("*")) == before


def test_a_home_that_cannot_be_written_is_an_error(wildrydes: Cli, home: Path) -> None:
    (home / ".local").touch()
    message, hint = wildrydes("--install-completion", "bash").error(1)
    assert message == f"cannot set up completion: Not a directory: {home}/.local/share/wildrydes"
    assert hint == "load the script yourself: wildrydes --show-completion bash"
    assert not (home / ".bashrc").exists()
    assert "'bash', 'zsh', 'fish'" in wildrydes("--install-completion", "tcsh").error(2)[0]
