"""HTTPS by the server itself, for who has no ingress in front."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.client import Client, ServiceUnreachable
from tests.conftest import fresh_database
from tests.helpers import an_event
from tests.service import Service, eventually

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture(scope="module")
def port(server_url: str, pair: tuple[Path, Path]) -> Iterator[int]:
    environ = {
        "STREAMGAUGE_TLS_CERTIFICATE": str(pair[0]),
        "STREAMGAUGE_TLS_KEY": str(pair[1]),
    }
    with fresh_database(server_url) as url:
        service = Service.start(url, roles=["ingest", "api"], environ=environ)
        try:
            found = eventually(
                lambda: re.search(r"on https://127.0.0.1:(\d+)", "".join(service.output))
            )
            yield int(found[1])
        finally:
            service.stop()
            assert not any("Traceback" in line or "WARNING" in line for line in service.output)


def connection(port: int, pair: tuple[Path, Path]) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=str(pair[0]))
    return http.client.HTTPSConnection("localhost", port, context=context, timeout=30)


def test_it_is_https(port: int, pair: tuple[Path, Path]) -> None:
    client = connection(port, pair)
    for number in range(3):  # on one connection
        client.request(
            "POST", "/", an_event(number).state, {"Content-Type": "application/cloudevents+json"}
        )
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (202, b"")
    client.request("GET", "/v1/events/cloudevents")
    assert len(json.loads(client.getresponse().read())["items"]) == 3
    client.close()


def test_a_refusal_is_read_before_the_end(port: int, pair: tuple[Path, Path]) -> None:
    client = connection(port, pair)
    client.putrequest("POST", "/")
    client.putheader("Content-Type", "application/cloudevents+json")
    client.putheader("Content-Length", str(64 * 1024 * 1024))
    client.endheaders(b"x" * 65_536)
    answer = client.getresponse()
    assert (answer.status, json.loads(answer.read())["type"]) == (413, "/problems/body-too-large")
    client.close()


def test_who_speaks_plainly_gets_nothing(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in client.recv(1000)


def test_the_version_is_recent(port: int, pair: tuple[Path, Path]) -> None:
    context = ssl.create_default_context(cafile=str(pair[0]))
    with (
        socket.create_connection(("localhost", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as client,
    ):
        assert client.version() in ("TLSv1.2", "TLSv1.3")


def test_what_cannot_be_used_is_said_at_the_start(server_url: str, pair: tuple[Path, Path]) -> None:
    for certificate, key, said in (
        (str(pair[0]), "", "belong together"),
        (str(pair[0]), "/nowhere/key.pem", "No such file"),
        (str(pair[1]), str(pair[0]), "cannot be used"),
    ):
        environ = {"STREAMGAUGE_TLS_CERTIFICATE": certificate, "STREAMGAUGE_TLS_KEY": key}
        with fresh_database(server_url) as url:
            service = Service.start(url, roles=["api"], environ=environ)
            assert service.process.wait(60) == 2
            assert said in eventually(lambda said=service: "".join(said.output))


def test_the_client_asks_whom_it_trusts(
    port: int, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://localhost:{port}"
    with Client(url) as client, pytest.raises(ServiceUnreachable) as refused:
        client.metrics()
    assert refused.value.reason.startswith("its certificate is not trusted: self")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    with Client(url) as client:
        assert client.metrics() == client.metrics()
        assert client.send([an_event(4711)]).accepted == 1
