"""Which port the service gets, and what it does not get from the user's settings."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from streamgauge_demo import service
from streamgauge_demo.cli import demo
from streamgauge_demo.errors import DemoFailed, PortTaken
from streamgauge_demo.service import Address, running


def refuse(line: str) -> None:
    raise AssertionError(line)


def test_a_taken_port_that_was_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 is taken; give another"),
            running(Address("127.0.0.1", port, True), "postgresql:///none", {}, refuse),
        ):
            pass


def test_an_address_of_no_machine_here() -> None:
    with (
        pytest.raises(DemoFailed, match=r"cannot listen on 203\.0\.113\.1 port 9199"),
        running(Address("203.0.113.1", 9199, False), "postgresql:///none", {}, refuse),
    ):
        pass


def test_a_service_that_cannot_start_says_why() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        pytest.raises(DemoFailed, match=r"(?s)the service ended with 2.*HTTP_WORKERS"),
        running(
            Address("127.0.0.1", port, True),
            "postgresql:///none",
            {"STREAMGAUGE_HTTP_WORKERS": "none"},
            refuse,
        ),
    ):
        pass


def test_the_users_settings_stay_out() -> None:
    given = {
        "PATH": "/bin",
        "DATABASE_URL": "postgresql:///real",
        "POSTGRESQL_HOST": "real",
        "CE_ROUTES": "routes: {}",
        "STREAMGAUGE_ROUTES": "mine.yaml",
        "STREAMGAUGE_CONFIG": "mine.toml",
    }
    assert service._without_settings(given) == {"PATH": "/bin", "STREAMGAUGE_CONFIG": "/dev/null"}


@pytest.mark.parametrize(
    ("host", "reached"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.2", "127.0.0.2"), ("localhost",) * 2],
)
def test_where_it_is_reached(host: str, reached: str) -> None:
    assert Address(host, 1, True).reached_at == reached


def test_the_command_explains_itself() -> None:
    said = CliRunner().invoke(demo, ["--help"])
    assert said.exit_code == 0
    assert "--port" in said.output
    assert "--once" in said.output
    assert CliRunner().invoke(demo, ["--port", "0"]).exit_code == 2
