"""Parse the project's documents, so that tests can compare them with the code."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
POLICIES_FOLDER = ROOT / "docs" / "policies"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


class Block(NamedTuple):
    """A fenced block of a document: the number of its first line, its language and its text."""

    line: int
    language: str
    text: str


def sections(text: str, level: int) -> dict[str, str]:
    """Return the sections of a document with headings of `level`, by heading. A higher heading ends a section too."""
    found: dict[str, str] = {}
    heading, fenced = "", False
    for line in text.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        marks = re.match(r"#+ ", line)
        if marks and not fenced and len(marks[0]) - 1 <= level:
            heading = line.removeprefix(marks[0]).strip() if len(marks[0]) - 1 == level else ""
        elif heading:
            found[heading] = found.get(heading, "") + line
    return found


def blocks(text: str, *languages: str) -> list[Block]:
    """Return the fenced blocks of a document that are in one of `languages`, in order."""
    fences = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    every = [Block(text.count("\n", 0, fence.start()) + 2, fence[1], fence[2]) for fence in fences]
    return [block for block in every if block.language in languages]


def rows(table: str) -> list[list[str]]:
    """Return the cells of a table's rows, without its two header lines."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines][2:]


def policy_files() -> dict[str, list[str]]:
    """Return the files of the policies that each command needs: `{"serve": ["request.json", "rides-list.json"]}`."""
    listed = rows(sections(REFERENCE.read_text(encoding="utf-8"), 2)["Permissions"])
    return {row[0].strip("`"): re.findall(r"\]\(policies/(.*?)\)", row[1]) for row in listed}


def narrowed(policy: str) -> str:
    """Return the text of a policy for one region and one account, changed by the `sed` command of the reference."""
    (script,) = re.findall(
        r"^sed '(.*)'", sections(REFERENCE.read_text(encoding="utf-8"), 2)["Permissions"], re.MULTILINE
    )
    for pattern, replacement in re.findall("s/(.*?)/(.*?)/", script):
        policy = re.sub(pattern, replacement, policy)
    return policy
