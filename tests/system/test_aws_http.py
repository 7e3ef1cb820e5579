"""Requests that are not signed take the way of AWS's own: its certificates and proxies, and no redirects."""

import gzip
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import NoAnswerError
from wildrydes_cli.errors import ServiceError

SECRET = "?X-Amz-Signature=secret"


@contextmanager
def server(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        served.daemon_threads = True
        if context:
            served.socket = context.wrap_socket(served.socket, server_side=True)
        threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
        yield f"{'https' if context else 'http'}://127.0.0.1:{served.server_port}"
        served.shutdown()


def answering(status: int, body: bytes = b"", **headers: str) -> type[BaseHTTPRequestHandler]:
    """Return a handler that gives every request the same answer, and remembers the requests."""

    class Handler(BaseHTTPRequestHandler):
        asked: list[tuple[str, str, Any, bytes]] = []  # noqa: RUF012

        def do_PUT(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.asked.append((self.command, self.path, self.headers, sent))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def test_a_request_has_its_method_headers_and_body_and_any_status_is_an_answer() -> None:
    handler = answering(418, "tëa".encode(), **{"X-Kind": "pot"})
    with server(handler) as url:
        answer = Account().send("PUT", f"{url}/zip", "upload", headers={"Content-Type": "application/zip"}, body=b"PK")
    assert (answer.status, answer.headers["x-kind"], answer.body) == (418, "pot", "tëa")
    ((method, path, headers, sent),) = handler.asked  # type: ignore[attr-defined]
    assert (method, path, headers["Content-Type"], sent) == ("PUT", "/zip", "application/zip", b"PK")


def test_a_redirect_is_not_followed_because_it_would_take_a_token_along() -> None:
    elsewhere = answering(200)
    with server(elsewhere) as other, server(answering(302, Location=other)) as url:
        assert Account().send("POST", url, "post", headers={"Authorization": "token"}).status == 302
    assert elsewhere.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("secret", [SECRET, f"{SECRET}{'0' * 1000}"], ids=["short", "long"])
def test_what_was_not_sent_is_told_apart_from_what_got_no_answer(secret: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError) as refused:
        Account().send("GET", f"http://127.0.0.1:{port}/zip{secret}", "look")
    assert not isinstance(refused.value, NoAnswerError)

    class Rude(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.close_connection = True

    with server(Rude) as url, pytest.raises(NoAnswerError) as lost:
        Account().send("GET", f"{url}/zip{secret}", "look")
    for error in (refused.value, lost.value):
        assert error.message.startswith("cannot look: ")
        assert not {"secret", "Amz", "zip"} & set(re.findall(r"\w+", error.message + error.hint))
    assert f"http://127.0.0.1:{port}" in refused.value.message


def test_an_answer_that_is_compressed_is_unpacked() -> None:
    """Nobody asks for that, but a proxy on the way may do it."""
    with server(answering(200, gzip.compress(b"ride"), **{"Content-Encoding": "gzip"})) as url:
        assert Account().send("GET", url, "look").body == "ride"


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = answering(200)
    with server(handler) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        assert Account().send("GET", "http://page.example/", "look").status == 200
    assert handler.asked[0][1] == "http://page.example/"  # type: ignore[attr-defined]


def test_a_certificate_that_aws_settings_name_is_trusted(home: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make_certificate(key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with server(answering(200), context) as url:
        with pytest.raises(ServiceError, match="SSL validation failed"):
            Account().send("GET", url, "look")
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(f"[default]\nca_bundle = {certificate}\n")
        assert Account().send("GET", url, "look").status == 200


def make_certificate(key: Path, certificate: Path) -> None:
    """Write a key and a certificate for 127.0.0.1 that it has signed."""

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(pem, pkcs8, plain))
    certificate.write_bytes(made.public_bytes(pem))
