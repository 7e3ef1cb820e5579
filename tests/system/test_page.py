"""The page's modules in deno: their tables hold, and they share with the command line what must be the same."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ages import AGES, NOW
from tests.support.markdown import ROOT
from wildrydes_cli import page
from wildrydes_cli.output.columns import ago
from wildrydes_cli.output.text import visible
from wildrydes_cli.rides.follow import GRACE

DENO = shutil.which("deno", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
TABLES = ROOT / "tests" / "page"
MODULES = ROOT / "wildrydes_cli" / "page"


@pytest.fixture(autouse=True)
def needs_deno() -> None:
    """Skip these tests where there is no deno. In CI, they fail there."""
    if not DENO:
        reason = "there is no deno here: install requirements-dev.txt"
        pytest.fail(reason) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(reason)


def deno(*words: str, stdin: str = "") -> str:
    """Run deno, without the network and without permissions. Returns what it printed."""
    environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    ended = subprocess.run(
        [str(DENO), *words],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=environment,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_tables_of_the_pages_modules_hold() -> None:
    printed = deno("task", f"--config={TABLES / 'deno.json'}", "test")
    tables = {file.name for file in TABLES.glob("*_test.js")}
    assert set(re.findall(r"from \S*?(\w+_test\.js)", printed)) == tables


def test_the_page_escapes_exactly_what_the_command_line_escapes() -> None:
    script = f"""
        import {{ visible }} from {json.dumps((MODULES / "text.js").as_uri())};
        const escaped = [];
        for (let code = 0; code < 0x110000; code++) {{
            const character = String.fromCodePoint(code);
            if (visible(character) !== character) {{
                escaped.push(code);
            }}
        }}
        console.log(JSON.stringify(escaped));
    """
    escaped = json.loads(deno("run", "--no-remote", "--ext=js", "-", stdin=script))
    assert escaped == [code for code in range(0x110000) if visible(chr(code)) != chr(code)]


def test_the_page_says_how_long_ago_a_ride_was_as_the_command_line_does() -> None:
    script = f"""
        import {{ ago }} from {json.dumps((MODULES / "text.js").as_uri())};
        const times = {json.dumps([time for time, *_ in AGES])};
        console.log(JSON.stringify(times.map((time) => ago(time, {NOW.timestamp() * 1000:.0f}))));
    """
    said = json.loads(deno("run", "--no-remote", "--ext=js", "-", stdin=script))
    assert said == [ago(time, NOW) for time, *_ in AGES]


def test_the_page_waits_for_late_rides_as_long_as_rides_watch() -> None:
    grace = re.search(r"const GRACE = ([0-9_]+);", page.read("rides.js").decode())
    assert grace
    assert int(grace[1]) == GRACE.total_seconds() * 1000
