"""The example in the whole service, found by its entry point: events in, both metrics out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.examples.packages import BATCH_SIZE
from tests.examples.stories import RUNS, TOLD
from tests.service import Service, eventually

RANGE = {"from": "2026-01-05", "to": "2026-01-19"}


@pytest.fixture(scope="module")
def service(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    environ = BATCH_SIZE.install(tmp_path_factory.mktemp("installed"))
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        # Late and early, as they come.
        for event in [*RUNS, *reversed(TOLD)]:
            assert service.send(in_cloudevent(event), "/cdevents").status == 202
        service.settle()
        yield service


def ask(service: Service, metric: str, **parameters: Any) -> Any:
    found = service.get(f"/v1/metrics/{metric}", **RANGE, **parameters)
    assert found.status == 200, found.body
    return found.json


def command(service: Service, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", *arguments],
        env=dict(service.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def values(found: Any, dimension: str) -> dict[str | None, tuple[Any, int]]:
    return {group[dimension]: (group["value"], group["n"]) for group in found["groups"]}


def test_both_are_listed(service: Service) -> None:
    listed = {item["name"]: item for item in service.get("/v1/metrics").json["items"]}
    assert (listed["batch_size"]["projection"], listed["batch_size"]["unit"]) == (
        "links",
        "changes",
    )
    assert listed["pipeline_duration"]["projection"] == "pipeline_runs"
    plugins = json.loads(command(service, "plugins", "--json"))
    (mine,) = [plugin for plugin in plugins["items"] if plugin["name"] == "batch_size"]
    assert mine["distribution"] == "streamgauge-batch-size"
    assert mine["brings"]["metrics"] == ["batch_size", "pipeline_duration"]


def test_batch_size(service: Service) -> None:
    assert values(ask(service, "batch_size", group_by="service"), "service") == {
        "pay": (None, 0),
        "shop": (2, 3),
    }
    commits = ask(service, "batch_size", group_by="service", definition="commits")
    assert (commits["definition"], commits["unit"]) == ("commits", "commits")
    assert values(commits, "service")["shop"] == (3, 3)
    refused = service.get("/v1/metrics/batch_size", definition="gitlab")
    assert (refused.status, refused.json["allowed"]) == (400, ["changes", "commits"])


def test_pipeline_duration(service: Service) -> None:
    found = ask(service, "pipeline_duration", group_by="repository", interval="day")
    assert values(found, "repository") == {
        "git.example/acme/pay": (5400, 1),
        "git.example/acme/shop": (10_800, 3),
    }
    assert [b["n"] for b in found["buckets"]] == [2, 0, 0, 0, 0, 0, 0, 2, *[0] * 6]
    refused = service.get("/v1/metrics/pipeline_duration", group_by="service")
    assert (refused.status, refused.json["allowed"]) == (400, ["repository", "team", "tenant"])


def test_an_explanation_leads_down_to_the_events(service: Service) -> None:
    found = service.get("/v1/metrics/pipeline_duration/explain", **RANGE).json
    (run,) = [item for item in found["items"] if item["run"] == "/pipelines/3"]
    assert (run["counts"], run["left_out"], run["amount"]) == (False, "not_successful", 900)
    assert found["reasons"]["not_successful"].startswith("it did not succeed")
    events = service.get(f"/v1/lineage/{run['run']}").json["events"]
    assert len(events) == 2
    shown = command(service, "explain", "batch_size", "--from", "2026-01-05", "--to", "2026-01-19")
    assert "batch_size by changes" in shown
    assert "nothing_new: all that is in it was deployed there before" in shown


@pytest.mark.parametrize(
    ("stage", "metric"), [("links", "batch_size"), ("pipeline_runs", "pipeline_duration")]
)
def test_a_replay_of_what_it_stands_on_changes_nothing(
    service: Service, stage: str, metric: str
) -> None:
    before = ask(service, metric)
    path = f"/v1/projections/{stage}/replay"
    assert (
        service.post(path, b'{"action": "replay"}', content_type="application/json").status == 202
    )
    done = eventually(
        lambda: found if (found := service.get(path).json)["state"] == "done" else None
    )
    assert metric in [build["stage"] for build in done["result"]["builds"]]
    assert ask(service, metric) == before
