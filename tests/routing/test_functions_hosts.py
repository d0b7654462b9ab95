"""Which URLs may be functions, what of a URL is shown, and whose certificate is taken."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import hookimpl
from streamgauge.errors import RoutesError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.routing import function as functions
from streamgauge.routing.function import Function, FunctionAway
from streamgauge.routing.hosts import Hosts, read_url, shown
from streamgauge.routing.router import Router, routing_table
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.helpers import an_event, drain, plugins_with, rows
from tests.routing.function_server import FunctionServer

LABELS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,3})?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)


@given(name=NAMES, below=NAMES)
def test_a_star_stands_for_the_names_below_one(name: str, below: str) -> None:
    hosts = Hosts([f"*.{name}"])
    assert f"{below}.{name}".upper() in hosts
    assert name not in hosts
    assert f"{below}-{name}" not in hosts
    assert f"{below}.{name}.{below}x" not in hosts
    assert name.upper() in Hosts([name])
    assert f"{below}.{name}" not in Hosts([name])


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///path",
        "https://h:port/",
        "http://h:99999/",
        "http://[::1/",
        "http://h/a b",
        "http://h/\n",
        "http://h/\u00fc",
        "http://h/#part",
        "http://user:s3cret@h/",
        "http://s3cret@h/",
        "http://:s3cret@h/",
    ],
)
def test_a_url_that_cannot_be_called_is_refused_and_shows_no_password(url: str) -> None:
    with pytest.raises(RoutesError) as refused:
        read_url(url)
    assert "s3cret" not in str(refused.value)
    routes = {"routes": {"com.example": [f"binary+{url}"]}}
    settings = Settings.load({"CE_ROUTES": json.dumps(routes)})
    with pytest.raises(RoutesError):
        routing_table(plugins_with(), settings)


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("HTTP://host/f", "HTTP://host/f"),
        ("ftp://user:s3cret@host/?token=s3cret", "ftp://host/"),
        ("no_scheme://s3cret@host/", "no_scheme://host/"),
        ("binary+binary+http://host/", "binary+http://host/"),
        ("Binary+http://host/", "Binary+http://host/"),
        ("://host/", "://host/"),
    ],
)
def test_a_url_that_begins_as_none_is_no_transformers_name(target: str, shown: str) -> None:
    settings = Settings.load({"CE_ROUTES": json.dumps({"routes": {"com.example": [target]}})})
    with pytest.raises(RoutesError) as refused:
        routing_table(plugins_with(), settings)
    assert str(refused.value).startswith(
        f"CE_ROUTES: com.example: the function {shown}: its URL begins with http:// or"
    )
    assert "s3cret" not in str(refused.value)


@given(st.text())
def test_whatever_is_shown_of_a_url_can_be_shown(url: str) -> None:
    assert "@" not in shown(f"http://{url}@h/").partition("//")[2].partition("/")[0]
    try:
        read_url(url)
    except RoutesError as error:
        assert str(error)


class Brings:
    """A plugin whose routes name a function."""

    def __init__(self, url: str) -> None:
        self.url = url

    @hookimpl
    def routes(self) -> dict[str, list[str]]:
        return {"com.example.*": [self.url]}


def with_plugin(url: str, environ: dict[str, str]) -> Plugins:
    installed: Any = SimpleNamespace(name="brings", dist=None, load=lambda: Brings(url))
    return Plugins(Settings.load(environ), found=[installed])


@pytest.fixture
def server() -> Iterator[FunctionServer]:
    with FunctionServer.running() as server:
        yield server


def routed(database: Database, plugins: Plugins) -> list[tuple[Any, ...]]:
    CloudEventsLog(database).append([an_event(1)])
    drain(Router(database, plugins, routing_table(plugins, plugins.settings)))
    return rows(database, "select state, reason from dead_letters")


def test_a_plugins_function_is_not_called_unless_its_host_is_named(
    database: Database, server: FunctionServer
) -> None:
    ((state, reason),) = routed(database, with_plugin(server.url, {}))
    assert state == "parked"
    assert reason == (
        f"RoutesError: the function http://{server.host}/f: function_hosts does not name its host"
    )
    assert server.asked == []


def test_a_plugins_function_is_called_where_its_host_is_named(
    database: Database, server: FunctionServer
) -> None:
    hosts = {"STREAMGAUGE_FUNCTION_HOSTS": "127.0.0.1, *.example.com"}
    assert routed(database, with_plugin(server.url, hosts)) == []
    assert len(server.asked) == 1


def test_what_the_operators_table_names_is_the_operators(
    database: Database, server: FunctionServer
) -> None:
    table = {"CE_ROUTES": str({"routes": {"com.example.thing": [server.url]}})}
    assert routed(database, with_plugin(server.url, table)) == []
    assert len(server.asked) == 1


def test_a_list_of_hosts_holds_for_the_operators_table_too(server: FunctionServer) -> None:
    environ = {
        "CE_ROUTES": str({"routes": {"com.example": [server.url]}}),
        "STREAMGAUGE_FUNCTION_HOSTS": "functions.example",
    }
    with pytest.raises(RoutesError, match=r"^CE_ROUTES: com\.example: .*function_hosts"):
        routing_table(plugins_with(), Settings.load(environ))


def test_a_plugin_with_a_password_in_a_url_is_left_out() -> None:
    plugins = with_plugin("http://user:s3cret@h/", {})
    assert plugins.routes() == {}
    error = plugins.plugins[0].error
    assert error is not None
    assert "no user and no password in the URL" in error
    assert "s3cret" not in error


class _NoContent(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def in_tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server that has signed its certificate itself, and the certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), _NoContent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *parts: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}/", certificate
        finally:
            server.shutdown()
            thread.join()


def test_a_certificate_that_nobody_vouches_for_is_refused(
    in_tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "FIRST_PAUSE", 0.005)
    url, _ = in_tls
    with pytest.raises(FunctionAway, match="SSLCertVerificationError"):
        Function(url).transform(b"{}")


def test_a_certificate_that_is_vouched_for_is_taken(
    in_tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, certificate = in_tls
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert Function(url).transform(b"{}") == []
