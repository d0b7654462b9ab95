"""Callbacks: only to hosts that were named, over verified TLS, a few at once, without a secret
in the log."""

from __future__ import annotations

import asyncio
import logging
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from streamgauge_http import callbacks
from streamgauge_http.callbacks import Callbacks
from streamgauge_http.handshake import Grant

GRANT = Grant("sender.example", 120)
URL = "https://hook.example/confirm?id=1&key=hidden"


class Called(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.requests.append((self.path, dict(self.headers), body))
        self.send_response(server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def a_host(status: int = 200) -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Called) as server:
        server.requests, server.status = [], status  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def call(connect: Any, url: str = URL, times: int = 1) -> None:
    async def run() -> None:
        calls = Callbacks(["hook.example"], connect=connect)
        target = calls.target(url)
        assert target is not None
        await asyncio.gather(
            *(asyncio.create_task(calls.call(*target, GRANT)) for _ in range(times))
        )

    asyncio.run(run())


def test_the_grant_is_posted_to_the_host() -> None:
    hosts: list[str] = []
    with a_host() as server:

        def connect(host: str) -> HTTPConnection:
            hosts.append(host)
            return HTTPConnection("127.0.0.1", server.server_port, timeout=10)

        call(connect)
        ((path, headers, body),) = server.requests
    assert hosts == ["hook.example"]
    assert (path, body) == ("/confirm?id=1&key=hidden", b"")
    assert headers["WebHook-Allowed-Origin"] == "sender.example"
    assert headers["WebHook-Allowed-Rate"] == "120"


@pytest.mark.parametrize("status", [302, 404])
def test_another_answer_is_logged_and_no_redirect_followed(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with a_host(status) as server:
        call(lambda host: HTTPConnection("127.0.0.1", server.server_port, timeout=10))
        assert len(server.requests) == 1
    assert f"the callback to hook.example failed: it answered {status}" in caplog.text
    assert "hidden" not in caplog.text


def test_a_failure_is_logged_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    call(lambda host: HTTPConnection("127.0.0.1", port, timeout=10))
    assert "the callback to hook.example failed: ConnectionRefusedError" in caplog.text
    assert "hidden" not in caplog.text


def test_what_is_under_way_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    most = callbacks.MOST_UNDER_WAY
    together = threading.Barrier(most, timeout=30)
    made: list[str] = []

    def connect(host: str) -> HTTPConnection:
        made.append(host)
        together.wait()  # all of them are under way at once
        raise ConnectionError

    with caplog.at_level(logging.WARNING):
        call(connect, times=most + 3)
    assert len(made) == most
    assert caplog.text.count("was dropped") == 3
    assert "hidden" not in caplog.text


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (URL, ("hook.example", "/confirm?id=1&key=hidden")),
        ("https://HOOK.example:443", ("hook.example", "/")),
        ("https://hook.example?x#y", ("hook.example", "/?x")),
        (None, None),
        ("", None),
        ("http://hook.example/", None),
        ("https://hook.example:8443/", None),
        ("https://hook.example:x/", None),
        ("https://user@hook.example/", None),
        ("https://hook.example@other.example/", None),
        ("https://other.example/", None),
        ("https://x.hook.example/", None),
        ("https://hook.example.other/", None),
        ("https://[hook.example/", None),
        ("https://hook.example/ x", None),
        ("https://hook.example/\xe9", None),
        ("//hook.example/", None),
    ],
)
def test_which_urls_are_called(url: str | None, target: tuple[str, str] | None) -> None:
    assert Callbacks(["Hook.example"]).target(url) == target
    assert Callbacks([]).target(url) is None, "off unless a host is named"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")
def test_a_certificate_that_cannot_be_verified_is_no_host(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with a_host() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        connection = callbacks.over_tls("localhost", server.server_port)
        with pytest.raises(ssl.SSLCertVerificationError):
            connection.request("POST", "/")
        connection.close()
        assert server.requests == []
    assert callbacks.over_tls("hook.example").port == 443
