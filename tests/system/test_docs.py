"""The commands in the README and in the reference print what is shown there. A block with `--region` uses AWS."""

from pathlib import Path

import pytest

from tests.support.markdown import README, REFERENCE
from tests.support.running import AWS
from tests.support.transcripts import commands_in, environment, matches, run, stands_for


@pytest.mark.parametrize("document", [README, REFERENCE], ids=lambda path: path.name)
def test_console_blocks_show_what_their_commands_print(document: Path, moto: str, tmp_path: Path) -> None:
    local = environment(tmp_path)
    aws = local | AWS | {"AWS_ENDPOINT_URL": moto}
    folder = tmp_path / "session"
    folder.mkdir()
    assert run(document, folder, lambda block: aws if "--region" in block.text else local)


def test_a_difference_from_the_shown_output_is_noticed() -> None:
    assert matches(
        "Ride n5bIV7ZYfw7q6S_F2kV8Zg at 2026-11-23T08:15:30.123Z\n",
        "Ride 0123456789abcdefghijAB at 2026-11-24T18:15:30.123Z\n",
    )
    assert matches("first\n...\nlast\n", "first\n1\n2\nlast\n")
    assert not matches("Eta\t30 seconds\n", "Eta\t31 seconds\n")
    assert not matches("", "a note\n")
    assert commands_in("$ a \\\n  b\n$ c\nout\nput\n") == [("a \\\n  b", ""), ("c", "out\nput\n")]
    assert stands_for("Pool\tp1\nName\tn\n", "Pool\tp2\nName\tn\n") == {"p1": "p2"}
