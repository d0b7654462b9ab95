"""Replays over HTTP: asked for, done by a worker, told about; and who may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.helpers import FOLDED, a_deployment
from tests.replay.counting import a_definition
from tests.service import Service, eventually

PATH = "/v1/projections/deployment_frequency/replay"
METRIC = "/v1/metrics/deployment_frequency?from=2026-01-05&to=2026-03-30"
TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_definition(tmp_path_factory.mktemp("definition"), "deploy", "upgrade")


@pytest.fixture(scope="module")
def service(server_url: str, definition: Path) -> Iterator[Service]:
    """A service that makes nothing anew on its own, with deployments and upgrades."""
    environ = {
        "STREAMGAUGE_DORA_DEFINITION": str(definition),
        "STREAMGAUGE_REBUILD": "by-command",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        kinds = ("service.deployed", "service.upgraded")
        service.send_batch([in_cloudevent(a_deployment(n, kind=kinds[n % 2])) for n in range(60)])
        service.settle()
        yield service


def ask(service: Service, path: str = PATH, **body: Any) -> Any:
    return service.post(path, json.dumps(body).encode(), content_type="application/json")


def done(service: Service, path: str = PATH) -> Any:
    """The replay, when it is over."""
    return eventually(
        lambda: found if (found := service.get(path).json)["state"] in ("done", "failed") else None
    )


def stage(service: Service, name: str) -> Any:
    items = service.get("/v1/projections").json["items"]
    return next(item for item in items if item["name"] == name)


def test_a_changed_definition_is_told_compared_swapped_in_and_back(
    service: Service, definition: Path
) -> None:
    assert service.get(METRIC).json["n"] == 60
    assert service.get(PATH).status == 404
    a_definition(definition.parent, "deploy", name="theirs")
    assert stage(service, "deployment_frequency")["replay_due"] is not None
    assert stage(service, "delivery")["replay_due"] is None

    asked = ask(service, action="compare")
    assert (asked.status, asked.headers["location"]) == (202, PATH)
    assert (asked.json["state"], asked.json["asked_by"]) == ("queued", "api")
    compared = done(service)
    assert compared["state"] == "done", compared
    lines = {line["service"]: line for line in compared["result"]["metrics"]}
    assert lines["shop"]["n"] == {"before": 60, "after": 30}
    assert lines["shop"]["changed"]
    answer = service.get(METRIC).json
    assert (answer["n"], answer["definition"]) == (60, "ours")

    assert ask(service).status == 202
    assert done(service)["result"]["builds"] == [
        {"stage": "deployment_frequency", "build": 2, "replaced": 1}
    ]
    answer = service.get(METRIC).json
    assert (answer["n"], answer["definition"]) == (30, "theirs")
    assert stage(service, "deployment_frequency")["replay_due"] is None

    assert ask(service, action="rollback").status == 202
    assert done(service)["state"] == "done"
    answer = service.get(METRIC).json
    assert (answer["n"], answer["definition"]) == (60, "ours")


def test_a_rollback_without_a_way_back_fails_and_says_why(service: Service) -> None:
    path = "/v1/projections/delivery/replay"
    assert ask(service, path, action="rollback").status == 202
    failed = done(service, path)
    assert failed["state"] == "failed"
    assert "nothing to go back to" in failed["error"]


def test_the_log_of_cdevents_is_derived_anew(service: Service) -> None:
    before = service.get("/v1/events/cdevents").body
    assert ask(service, "/v1/projections/cdevents/replay").status == 202
    found = done(service, "/v1/projections/cdevents/replay")
    assert [b["stage"] for b in found["result"]["builds"]] == [
        "cdevents",
        *FOLDED,
    ]
    assert service.get("/v1/events/cdevents").body == before


def test_what_makes_no_sense_is_refused(service: Service) -> None:
    assert ask(service, "/v1/projections/nothing/replay").status == 404
    assert service.get("/v1/projections/nothing/replay").status == 404
    for body in (b"", b"[]", b'{"action": "drop"}', b'{"force": true}', b"{", b'{"action": 1}'):
        answer = service.post(PATH, body, content_type="application/json")
        assert answer.status == 400, body
    form = service.post(PATH, b"{}", content_type="text/plain")
    assert (form.status, form.json["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize(
    ("environ", "header", "status"),
    [
        ({"STREAMGAUGE_HOST": "0.0.0.0", "STREAMGAUGE_OPEN": "ingest,read"}, None, 401),
        ({"STREAMGAUGE_ADMIN_TOKENS": TOKEN}, None, 401),
        ({"STREAMGAUGE_ADMIN_TOKENS": TOKEN}, "Bearer another-token-than-it", 401),
        (
            {"STREAMGAUGE_ADMIN_TOKENS": TOKEN, "STREAMGAUGE_HOST": "0.0.0.0"},
            f"Bearer {TOKEN}",
            202,
        ),
    ],
)
def test_who_may_ask(
    database_url: str, environ: dict[str, str], header: str | None, status: int
) -> None:
    with Service.running(database_url, roles=("api",), environ=environ) as service:
        headers = {"authorization": header} if header else {}
        answer = service.post(PATH, b"{}", content_type="application/json", **headers)
        assert answer.status == status
        if status == 202:
            again = service.post(
                PATH, b'{"action": "compare"}', content_type="application/json", **headers
            )
            assert (again.status, again.json["state"]) == (202, "queued")
