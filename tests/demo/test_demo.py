"""The demo as a user runs it: processes, kill -9, a second time, two at a time."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.postgres.embedded import find_binaries
from streamgauge_demo import play
from tests.demo.process import (
    Demo,
    a_free_port,
    eventually,
    processes_of,
    running,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_binaries(os.environ), reason="there is no PostgreSQL to run"),
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the account of the embedded server can reach, unlike root's tmp_path."""
    with tempfile.TemporaryDirectory(prefix="sg-demo-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        assert eventually(lambda: not processes_of(folder), 30.0)


def counts(demo: Demo) -> tuple[int, int]:
    """How many events were new, and how many known."""
    match = re.search(r"events: ([\d,]+) new, ([\d,]+) known", demo.said)
    assert match is not None, demo.said
    new, known = (int(text.replace(",", "")) for text in match.groups())
    return new, known


def deployments(demo: Demo) -> dict[str, int]:
    """How many of each service in 90 days."""
    found = re.findall(r"^northquay/(\w+) +(\d+)", demo.shown, re.MULTILINE)
    assert len(found) == 5
    return {name: int(number) for name, number in found}


def test_killed_then_run_twice(folder: Path) -> None:
    day = play.today()
    port = str(a_free_port())
    with running(folder, "--once", "--port", port) as first:
        first.wait_for(r"sending: [1-9]")
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    if Path("/proc/self/environ").exists():
        assert eventually(lambda: not processes_of(folder), 30.0), processes_of(folder)

    with running(folder, "--once", "--port", port) as second:
        assert second.end() == 0, second.said
    new, known = counts(second)
    assert new > 0
    assert known > 0
    assert "DATABASE_URL is left alone" in second.said
    # The bands of the rarer ones depend a little on where the months and weeks of the day lie.
    rows = re.findall(r"^northquay/(\w+) +\d+ +[\d.]* (\w*) +(\d+ \w)", second.shown, re.MULTILINE)
    assert rows[0][:2] == ("shop", "elite")
    bands = {name: band for name, band, _ in rows}
    assert set(bands) == {"shop", "timetable", "bookings", "payments", "customs"}
    assert bands["timetable"] == bands["bookings"] == "high"
    # What breaks at the shop, and how long until it is mended.
    shop = r"^northquay/shop .* \d+% +\d+ [dhm] .* \d+%"
    assert re.search(shop, second.shown, re.MULTILINE), second.shown

    # Settings that are meant for others do not stop it.
    strict = {
        "STREAMGAUGE_INGEST_TOKENS": "the-token-of-somebody",
        "STREAMGAUGE_WEBHOOK_RATE": "1",
        "STREAMGAUGE_CDEVENTS_MODE": "strict",
    }
    with running(folder, "--once", "--port", port, **strict) as third:
        assert third.end() == 0, third.said
    if play.today() == day:  # else midnight has come in between
        assert counts(third) == (0, new + known)
        # The 90 days have moved on by some seconds.
        again, before = deployments(third), deployments(second)
        assert all(abs(again[name] - before[name]) <= 1 for name in before)


def test_two_serve_at_a_time_until_they_are_told_to_stop(folder: Path) -> None:
    port = a_free_port()
    with running(folder, port=port) as one:
        one.wait_for("serving until Ctrl-C")
        with running(folder, port=port) as two:
            other = int(two.wait_for(rf"port {port} is taken; using (\d+)")[1])
            two.wait_for("serving until Ctrl-C")
            assert counts(two)[0] == 0
            assert frequency(port) == frequency(other) > 0
            with running(folder, "--port", str(port)) as three:
                assert three.end() == 1
                assert f"port {port} of 127.0.0.1 is taken" in three.said
            assert one.end(signal.SIGTERM) == 0, one.said
            # The server goes on for the one that still needs it.
            assert frequency(other) > 0
            assert two.end(signal.SIGINT) == 0, two.said
    assert "Traceback" not in one.said + two.said


def frequency(port: int) -> int:
    """How many deployments the service counts."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/v1/metrics/deployment_frequency?environment=production")
        answer = connection.getresponse()
        assert answer.status == 200
        n: int = json.loads(answer.read())["n"]
        return n
    finally:
        connection.close()
