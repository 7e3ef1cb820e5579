"""The engines that integration tests run against. Each has its own virtual environment and listens on loopback.

Their locked requirements are in this folder. Later runs reuse a complete environment.
"""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.running import AWS, END_WITH_TESTS

ENVIRONMENT = dict(os.environ)
"""The caller's environment, which may say where to get packages. Tests run in an environment without settings."""


def virtual_environment(folder: Path, engine: str, python: str = sys.executable) -> Path:
    """Return the Python of an environment in `folder` that has what `engine`.txt requires. Creates it if necessary."""
    requirements = Path(__file__).with_name(f"{engine}.txt")
    made_of = hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()
    interpreter, complete = folder / "bin" / "python", folder / "complete"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # pytest-xdist's workers call this at the same time
        if not complete.exists() or complete.read_text() != made_of:
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, requirements, python)
            complete.write_text(made_of)
    return interpreter


def _make(folder: Path, requirements: Path, python: str) -> None:
    """Create the environment with uv, which takes a tenth of pip's time. If uv is missing or fails, use pip."""
    interpreter = str(folder / "bin" / "python")
    locked = ["--quiet", "--require-hashes", "-r", str(requirements)]
    if uv := shutil.which("uv", path=f"{Path(sys.executable).parent}:{ENVIRONMENT['PATH']}"):
        made = [uv, "venv", "--quiet", "--no-project", "--python", python, str(folder)]
        filled = [uv, "pip", "install", "--compile-bytecode", "--python", interpreter, *locked]
        if all(subprocess.run(command, env=ENVIRONMENT, check=False).returncode == 0 for command in (made, filled)):
            return
        shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder], env=ENVIRONMENT, check=True)
    subprocess.run([interpreter, "-m", "pip", "install", *locked], env=ENVIRONMENT, check=True)


def find_python(version: str) -> str:
    """Return a Python of `version` ("3.13") if this machine has one, else the Python that runs the tests."""
    installed = Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python")
    for candidate in (shutil.which(f"python{version}"), *map(str, installed)):
        works = candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0
        if candidate and works:  # a pyenv shim can exist without its Python
            return candidate
    return sys.executable


QUICK_MINISTACK = """
import ministack.services.lambda_svc
from ministack.app import main
ministack.services.lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0.05
main()
"""
"""Runs ministack with functions that are ready after a twentieth of a second, not after half of one."""


@contextmanager
def ministack(interpreter: Path, home: Path, **settings: str) -> Iterator[str]:
    """Run ministack, an AWS emulator, in the folder `home`. Yields its URL."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": f"{interpreter.parent}:{os.environ['PATH']}",  # it runs functions on the first Python in PATH
        "HOME": str(home),
        "TMPDIR": str(home),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": AWS["AWS_ACCESS_KEY_ID"],  # the account's owner, who may do everything
        **settings,
    }
    with _running([str(interpreter), "-c", QUICK_MINISTACK], home, environment, f"{url}/_ministack/health"):
        yield url


@dataclass
class Faults:
    """A proxy that passes a server's answers on unless a rule says otherwise (microburst: "Rules")."""

    url: str

    def rules(self, *rules: Mapping[str, Any]) -> None:
        """Replace all rules with `rules`. Without rules, everything passes. Clears the list of fired faults."""
        self._ask("POST", "rules", json.dumps(rules).encode())
        self._ask("DELETE", "fired")

    def fired(self) -> list[str]:
        """Return the operations that a fault hit, in order."""
        return [event["operation"] for event in json.loads(self._ask("GET", "fired?limit=10000"))]

    def _ask(self, method: str, what: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_microburst/{what}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            data: bytes = answer.read()
            return data


QUICK_MICROBURST = """
import runpy
from botocore.loaders import Loader
services = ["apigateway", "cognito-idp", "dynamodb", "iam", "lambda", "logs", "sts"]
Loader.list_available_services = lambda *_, **__: services
runpy.run_module("microburst", run_name="__main__")
"""
"""Runs microburst without what its first request takes seconds for: reading the models of all 400 services of AWS."""


@contextmanager
def microburst(interpreter: Path, home: Path, upstream: str) -> Iterator[Faults]:
    """Run microburst, a proxy that injects faults, in front of the server at `upstream`. Yields the proxy."""
    port = _free_port()
    faults = Faults(f"http://127.0.0.1:{port}")
    command = [str(interpreter), "-c", QUICK_MICROBURST, "--upstream", upstream, "--port", str(port)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)}
    with _running(command, home, environment, f"{faults.url}/_microburst/health"):
        yield faults


@contextmanager
def _running(command: Sequence[str | Path], home: Path, environment: Mapping[str, str], healthy: str) -> Iterator[None]:
    """Run a server in the folder `home` until the block ends. The block starts when the URL `healthy` answers."""
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [*END_WITH_TESTS, *command],
            cwd=home,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(server, healthy, home / "log")
        yield
    finally:
        # Neither has anything to keep, and microburst would take four seconds to stop by itself.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)  # its workers too
        server.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}:\n{log.read_text()[-5000:]}")
