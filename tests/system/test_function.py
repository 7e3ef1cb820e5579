"""What of the function needs servers and processes: its log by the page, its package made elsewhere, one invocation."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import wildrydes_cli
from tests.running import Cli
from tests.stub import Answer, refusal, stub
from wildrydes_cli.deploy.package import package

NOW = int(time.time() * 1000)


def pages(*messages: str) -> Callable[[str, Any], Answer]:
    """Answer as a log of one event a page; what comes after them is refused."""

    def answer(_: str, parameters: Any) -> Answer:
        at = int(parameters.get("nextToken", 0))
        if at == len(messages):
            return refusal("AccessDeniedException")
        event = {"timestamp": NOW + at, "message": messages[at], "logStreamName": "a", "eventId": str(at)}
        return 200, {"events": [event], "nextToken": str(at + 1)}

    return answer


@pytest.mark.usefixtures("aws_credentials")
@pytest.mark.parametrize("follow", [(), ("--follow",)])
def test_each_page_is_shown_before_the_next_is_read(wildrydes: Cli, follow: tuple[str, ...]) -> None:
    with stub(pages("first", "second")) as served:
        ended = wildrydes("function", "logs", "--endpoint-url", served.url, *follow)
    ended.error(4)
    assert [line.split("\t")[1] for line in ended.out.splitlines()] == ["first", "second"]
    assert len(served.asked) == 3


def test_the_same_sources_give_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    source = Path(wildrydes_cli.__file__).parent
    shutil.copytree(source, tmp_path / "wildrydes_cli", ignore=shutil.ignore_patterns("__pycache__"))
    for file in tmp_path.rglob("*.py"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    script = "import sys; from wildrydes_cli.deploy.package import package; sys.stdout.buffer.write(package())"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {script}"]
    there = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "TZ": "Pacific/Auckland"})
    assert there.stdout == package()


@pytest.mark.usefixtures("aws_credentials")
def test_it_is_asked_once_whatever_happens(wildrydes: Cli) -> None:
    asked = []

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_error(503)

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        wildrydes("function", "invoke", "--endpoint-url", url).error(4)
        server.shutdown()
    assert asked == ["/2015-03-31/functions/RequestUnicorn/invocations"]
