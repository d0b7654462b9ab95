"""`streamgauge explain`: the options of a question, from the database itself."""

from __future__ import annotations

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import explain
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from tests.cli.test_cli import run
from tests.client.story import EVIL, story
from tests.helpers import START, process

RANGE = ("--from", "2026-01-05", "--to", "2026-02-02")


def test_the_options_are_the_questions(database: Database, plugins: Plugins) -> None:
    process(database, plugins, map(in_cloudevent, story()))
    asked = ("--service", "shop", "--service", EVIL, "--week-start", "sunday")
    done = run("explain", "change_lead_time", *RANGE, *asked, "--json", url=database.url)
    assert done.code == 0
    given = {"from": ["2026-01-05"], "to": ["2026-02-02"], "service": ["shop", EVIL],
             "week_start": ["sunday"]}  # fmt: skip
    query = MetricQuery.parse(given, now=START)
    found = explain(database, plugins, "change_lead_time", query, after=0, limit=50)
    for name in ("value", "n", "total", "service", "week_start", "definition", "left_out"):
        assert done.json[name] == found[name]
    shown = run("explain", "deployment_frequency", *RANGE, "--limit", "3", url=database.url)
    lines = shown.out.splitlines()
    assert lines[0].startswith("deployment_frequency by dora2025, ")
    assert all(line[0] in "+-" for line in lines[1:4])
    assert "go on with --after 3" in shown.err
    everything = run("explain", "deployment_frequency", *RANGE, url=database.url).out
    assert "till\N{REPLACEMENT CHARACTER}[red]" in everything
    assert EVIL not in everything


@pytest.mark.parametrize("option", ["--interval", "--service"])
def test_what_makes_no_sense_is_refused(database_url: str, option: str) -> None:
    done = run("explain", "change_lead_time", option, "", url=database_url)
    assert done.code == 2
    assert option.removeprefix("--") in done.err
