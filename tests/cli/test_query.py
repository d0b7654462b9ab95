"""`streamgauge query`: tables, a curve, JSON and CSV of a running service."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge.access import Grant, mint, store
from streamgauge.cli.sparkline import BLOCKS
from streamgauge.postgres.database import Database
from tests.cli.test_cli import Run, run
from tests.client.story import EVIL, running
from tests.conftest import fresh_database
from tests.helpers import METRICS
from tests.service import Service

GOLDEN = Path(__file__).parent / "golden"
FEBRUARY = ("--from", "2026-01-05", "--to", "2026-02-02")
LEAD_TIME = ("change_lead_time", *FEBRUARY)


@pytest.fixture(scope="module")
def told(server_url: str) -> Iterator[Service]:
    with running(server_url) as service:
        yield service


def url_of(service: Service) -> str:
    return f"http://127.0.0.1:{service.port}"


def query(service: Service, *arguments: str, **environ: str) -> Run:
    env = {"STREAMGAUGE_URL": url_of(service), "PYTHONIOENCODING": "utf-8", **environ}
    return run("query", *arguments, environ=env)


QUESTIONS = {
    "one": LEAD_TIME,
    "percentiles": (*LEAD_TIME, "--percentile", "50,90", "--service", "shop"),
    "definitions": ("deployment_frequency", *FEBRUARY, "--definition", "dora2025",
                    "--definition", "gitlab"),
    "groups": ("deployment_frequency", *FEBRUARY, "--group-by", "service", "--tz",
               "Europe/Berlin"),
    "overview": FEBRUARY,
    "nothing": ("change_fail_rate", "--from", "2020-01-01", "--to", "2020-02-01", "--interval",
                "month"),
    "cut": ("deployment_frequency", "--from", "2026-01-07T06:00:00Z", "--to", "2026-01-20"),
}  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_tables(told: Service, name: str, golden: Callable[[Path, Any], None]) -> None:
    done = query(told, *QUESTIONS[name])
    assert (done.code, done.err) == (0, "")
    golden(GOLDEN / f"query_{name}.txt", done.out)
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


@pytest.mark.parametrize("name", ["definitions", "groups", "percentiles"])
def test_csv(told: Service, name: str, golden: Callable[[Path, Any], None]) -> None:
    done = query(told, *QUESTIONS[name], "--csv")
    assert (done.code, done.err) == (0, "")
    golden(GOLDEN / f"query_{name}.csv", done.out)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == {"definitions": 8, "groups": 8, "percentiles": 4}[name]
    if name == "groups":
        assert {row["service"] for row in rows} == {"shop", EVIL}


def test_json_is_what_the_service_answers(told: Service) -> None:
    done = query(told, *QUESTIONS["definitions"], "--json")
    assert done.code == 0
    answers = [
        told.get(
            "/v1/metrics/deployment_frequency", **{"from": "2026-01-05"}, to="2026-02-02",
            definition=definition,
        ).body.decode()
        for definition in ("dora2025", "gitlab")
    ]  # fmt: skip
    assert done.out.splitlines() == answers


def test_all_metrics_where_none_is_named(told: Service) -> None:
    done = query(told, *FEBRUARY, "--json")
    found = {json.loads(line)["metric"] for line in done.out.splitlines()}
    assert found == set(METRICS)


def test_what_some_of_them_cannot_say_is_told(told: Service) -> None:
    done = query(told, *FEBRUARY, "--percentile", "90")
    assert done.code == 0
    assert "change_lead_time" in done.out
    assert "change_fail_rate cannot say: percentile: change_fail_rate has none" in done.err


def test_where_no_blocks_can_be_written_the_curve_is_ascii(told: Service) -> None:
    for encoding in ("ascii", "latin-1"):
        done = query(told, *QUESTIONS["groups"], PYTHONIOENCODING=encoding)
        assert done.code == 0
        assert done.out.isascii()
        assert "shop" in done.out
        assert "#" in done.out.splitlines()[-3]


def test_an_encoding_keeps_json_and_csv_as_they_are(told: Service) -> None:
    for form in ("--csv", "--json"):
        utf8 = query(told, *QUESTIONS["groups"], form)
        assert query(told, *QUESTIONS["groups"], form, PYTHONIOENCODING="ascii").out == utf8.out


def on_a_terminal(service: Service, *arguments: str, **environ: str) -> str:
    """What a terminal shows."""
    main, side = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8", **environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "query", "--url", url_of(service), *arguments],
        stdout=side,
        env=env,
    )
    os.close(side)
    shown = b""
    try:
        while part := os.read(main, 65_536):
            shown += part
    except OSError:  # Linux says so that the other side is closed
        pass
    os.close(main)
    assert process.wait() == 0
    return shown.decode()


def test_colours_are_for_terminals_and_for_those_who_want_them(told: Service) -> None:
    plain_text = query(told, *QUESTIONS["groups"]).out
    assert "high" in plain_text
    coloured = on_a_terminal(told, *QUESTIONS["groups"])
    assert "\x1b[36mhigh" in coloured
    without = on_a_terminal(told, *QUESTIONS["groups"], NO_COLOR="1")
    assert "\x1b[36m" not in without
    assert BLOCKS[-1] in without


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "metric: there is no metric 'nonsense'; allowed: change_fail_rate"),
        ([*LEAD_TIME, "--interval", "weak"], "interval: 'weak' is not allowed; allowed: day"),
        (["--tz", "Europe/Berlim"], "tz: 'Europe/Berlim' is no IANA time zone; for example Europe"),
        ([*LEAD_TIME, "--service", ""], "service: must not be empty"),
        ([*LEAD_TIME, "--definition", "x"], "definition: there is no definition"),
        ([*LEAD_TIME, "--csv", "--json"], "--csv and --json exclude each other"),
        (["--url", "http://u:hidden@h"], "the URL of the service must be such as"),
    ],
)
def test_wrong_questions_are_answered_in_the_services_words(
    told: Service, arguments: list[str], said: str
) -> None:
    done = query(told, *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert "hidden" not in done.err


def test_a_service_that_is_away_has_its_own_exit_code() -> None:
    done = run("query", "--url", "http://127.0.0.1:1")
    assert done.code == 3
    assert done.err.startswith("streamgauge: no service answers at http://127.0.0.1:1: Connection")


def test_tokens_come_from_the_environment(server_url: str) -> None:
    secret, token = mint(Grant("reader", frozenset({"read"})))
    with fresh_database(server_url) as url:
        with Database(url) as database, database.transaction() as cursor:
            store.add(cursor, token)
        with Service.running(url) as service:
            service_url = {"STREAMGAUGE_URL": url_of(service)}
            done = query(service, *LEAD_TIME)
            assert done.code == 2
            assert "STREAMGAUGE_TOKEN" in done.err
            assert "a token with the role read is needed" in done.err
            assert query(service, "--token", secret).code == 2
            environ = {**service_url, "STREAMGAUGE_TOKEN": secret}
            done = run("query", *LEAD_TIME, "--json", environ=environ)
            assert (done.code, done.json["metric"]) == (0, "change_lead_time")
            done = query(service, *LEAD_TIME, STREAMGAUGE_TOKEN=secret + "0")
            assert done.code == 2
            assert secret not in done.err
