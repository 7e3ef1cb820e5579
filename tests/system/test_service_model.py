"""The requests of processes that tests start are held against the services' models too."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import patched, process
from tests.support.service_model import REPORT
from tests.support.stub import stub


@pytest.mark.usefixtures("aws_credentials")
def test_what_a_child_process_sends_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report"
    monkeypatch.setenv(REPORT, str(report))
    with stub(lambda *_: (200, {"Items": [], "Count": 0})) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        process("rides", "list", "--scan")
        assert not report.exists()
        script = "from wildrydes_cli.aws import Account; Account().client('dynamodb').scan(TableName='Rides', Limit=0)"
        subprocess.run([sys.executable, "-c", script], check=True)
    assert report.read_text() == "Scan.Limit is 0, not from 1 to None\n"
    assert [name for name, _ in served.asked][-1] == "Scan"


def test_a_child_process_can_be_patched(tmp_path: Path) -> None:
    environment = patched(tmp_path, "import wildrydes_cli\nwildrydes_cli.__version__ = 'patched'\n")
    script = "import wildrydes_cli; print(wildrydes_cli.__version__)"
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout == "patched\n"
