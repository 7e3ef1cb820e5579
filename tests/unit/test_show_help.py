"""`wildrydes help`: the documents, without the source."""

import tomllib

import pytest

from tests.support.markdown import POLICIES_FOLDER, REFERENCE, ROOT, TUTORIAL, sections
from tests.support.running import Cli
from tests.unit.test_docs import COMMANDS
from wildrydes_cli.commands.show_help import _parts


def text(path: object) -> str:
    return (ROOT / str(path)).read_text(encoding="utf-8")


def test_without_a_topic_it_lists_what_there_is(wildrydes: Cli) -> None:
    listed = wildrydes("help").must().out.splitlines()
    headings = [line.removeprefix("- ") for line in listed if line.startswith("- ") and "`wildrydes" not in line]
    assert headings == [*sections(text(TUTORIAL), 2), *sections(text(REFERENCE), 2)]
    for words in ("tutorial", "reference", "exit codes", "rides list", "request.json"):
        assert f"`wildrydes help {words}`" in "".join(listed)


@pytest.mark.parametrize(
    ("topic", "heading"),
    [("exit codes", "Exit codes"), ("exit-codes", "Exit codes"), ("costs", "What it costs"), ("Limits", "Limits")],
)
def test_the_words_of_a_heading_show_its_part(topic: str, heading: str, wildrydes: Cli) -> None:
    shown = wildrydes("help", *topic.split()).must().out
    assert shown == f"## {heading}\n{sections(text(REFERENCE), 2)[heading]}".rstrip("\n") + "\n"


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_shows_its_options_and_its_json(path: str, wildrydes: Cli) -> None:
    headings = [line for line in wildrydes("help", *path.split()).must().out.splitlines() if line.startswith("#")]
    assert f"### `wildrydes {path}`" in headings
    examples = [line for line in text(REFERENCE).splitlines() if line.endswith(f" of `wildrydes {path}`")]
    assert set(examples) <= set(headings)


def test_a_comment_in_a_block_is_no_heading() -> None:
    document = "# Title\n## One\n```sh\n# a comment\n## one\n```\n### Inner\n## Two\nlast\n"
    assert _parts(document, "one") == "## One\n```sh\n# a comment\n## one\n```\n### Inner\n"
    assert _parts(document, "inner") == "### Inner\n"
    assert _parts(document, "comment") == ""


def test_a_document_can_be_shown_whole(wildrydes: Cli) -> None:
    assert wildrydes("help", "reference").must().out == text(REFERENCE)
    assert wildrydes("help", "tutorial").must().out == text(TUTORIAL)


@pytest.mark.parametrize("file", sorted(path.name for path in POLICIES_FOLDER.iterdir()))
def test_a_policy_is_shown_as_iam_takes_it(file: str, wildrydes: Cli) -> None:
    for topic in (file, f"policies/{file}"):
        assert wildrydes("help", topic).must().out == text(POLICIES_FOLDER / file)


@pytest.mark.parametrize("topic", ["nonsense", "policies/nonsense.json", "policies/../reference.md", "-", "--"])
def test_an_unknown_topic_is_a_usage_error(topic: str, wildrydes: Cli) -> None:
    message, hint = wildrydes("help", "--", topic).error(2)
    assert topic in message
    assert hint.endswith("wildrydes help")


def test_an_installed_package_has_the_documents() -> None:
    """The wheel has them where the command looks first. CI installs it, and looks."""
    wheel = tomllib.loads(text("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert wheel == {
        f"docs/{name}": f"wildrydes_cli/docs/{name}" for name in ("reference.md", "tutorial.md", "policies")
    }
    assert all((ROOT / file).exists() for file in wheel)
