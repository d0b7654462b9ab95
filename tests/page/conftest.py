"""A Chromium, and the demo's company with its last weeks in a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge_demo import kubernetes, play
from streamgauge_demo.client import send
from tests.conftest import fresh_database
from tests.service import Service

WEEKS = 8
SECRET = "a secret of the tests"
TEAMS = """
[[team]]
name = "Passengers"
services = ["northquay/shop", "northquay/bookings"]

[[team]]
name = "Harbour"
services = ["northquay/timetable", "northquay/customs"]
"""

try:
    from playwright.sync_api import sync_playwright

    from tests.page.browsing import ARGUMENTS, NAMES, Visits, executable
except ImportError:  # the dev group has it; who installed less still runs all other tests
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """One for all tests of a file; each gets contexts of its own.

    Playwright keeps an event loop running in the thread until it is stopped: no longer than this,
    for other tests bring theirs.
    """
    path = executable()
    if path is None:
        pytest.skip(f"there is no Chromium on the PATH ({', '.join(NAMES)}): apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture
def visits(chromium: object) -> Iterator[Visits]:
    """Opens pages; a test fails on whatever went wrong in any of them."""
    visits = Visits(chromium)  # type: ignore[arg-type]
    yield visits
    visits.close()


@pytest.fixture(scope="session")
def company(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo's company: eight weeks, up to yesterday, of five services and two teams."""
    teams: Path = tmp_path_factory.mktemp("company") / "teams.toml"
    teams.write_text(TEAMS)
    environ = {
        **kubernetes.SETTINGS,
        "STREAMGAUGE_GITHUB_SECRET": SECRET,
        "STREAMGAUGE_TEAMS": str(teams),
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        requests = play.requests(play.today(), SECRET.encode(), WEEKS)
        send("127.0.0.1", service.port, requests, lambda done: None)
        service.settle()
        yield service


@pytest.fixture(scope="session")
def nothing(server_url: str) -> Iterator[Service]:
    """A service to which nothing was ever sent."""
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        yield service
        heads = {each["head"] for each in service.get("/v1/projections").json["items"]}
        assert heads == {0}, "a test has sent it something: `listening` is for those that do"


@pytest.fixture(scope="session")
def listening(server_url: str) -> Iterator[Service]:
    """A service for those that send it events of their own."""
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        yield service
