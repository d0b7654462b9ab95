"""What the API says of events whose payloads are archived, over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from streamgauge.streams.cloudevents_log import identity
from tests.archive.world import archive
from tests.conftest import fresh_database
from tests.helpers import METRICS, a_deployment, an_event
from tests.http.viewing import Viewing
from tests.service import Service

EVENT = in_cloudevent(a_deployment(1))
UNCHANGED = (
    *(f"/v1/metrics/{metric}?from=2026-01-01&to=2026-02-01" for metric in METRICS),
    "/v1/metrics/deployment_frequency/explain?from=2026-01-01&to=2026-02-01",
    "/v1/deployments",
    "/v1/events/cdevents",
    "/deploy-frequency/week",
)


@pytest.fixture(scope="module")
def known(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in which all is archived, and which said the same of the metrics before."""
    folder: Path = tmp_path_factory.mktemp("archive")
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.send_batch([EVENT, *(an_event(n) for n in range(5))])
        service.settle()
        before = {path: service.get(path).body for path in UNCHANGED}
        with Database(url) as database:
            with database.transaction() as cursor:
                failure = Failure("default", 2, "/test", "event-0", "t", "h", "1", "why")
                dead_letters.park(cursor, "cdevents@1", [failure], state="skipped")
            assert archive(database, folder) == 6
        assert {path: service.get(path).body for path in UNCHANGED} == before
        yield service


def is_archived(item: dict[str, Any], event_id: str) -> None:
    assert item["archived"]["file"] == "000000000001-000000000006.ndjson.gz"
    assert item["archived"]["id"] == event_id


def test_pages_of_the_log(known: Service) -> None:
    first = known.get("/v1/events/cloudevents").json["items"][0]
    assert first["event"] is None
    is_archived(first, EVENT.id)


def test_the_live_feed_is_as_the_pages(known: Service) -> None:
    with Viewing(known, after=0) as viewing:
        seen = viewing.take(6)
    assert [one.json for one in seen] == known.get("/v1/events/cloudevents").json["items"]


def test_the_live_feed_knows_their_sources(known: Service) -> None:
    known.send(an_event(99))
    with Viewing(known, after=0, source="/te*", type="com.example.*") as viewing:
        seen = viewing.take(6)
    assert [one.json["position"] for one in seen] == [2, 3, 4, 5, 6, 7]


def test_lineage(known: Service) -> None:
    (made,) = known.get(f"/v1/lineage/{identity(EVENT.source, EVENT.id)}").json["events"]
    assert made["cdevent"]["document"]["subject"]["id"] == "shop"
    assert made["cloudevent"]["document"] is None
    is_archived(made["cloudevent"], EVENT.id)


def test_a_dead_letter(known: Service) -> None:
    (letter,) = known.get("/v1/dead-letters", state="skipped").json["items"]
    shown = known.get(f"/v1/dead-letters/{letter['id']}").json
    assert shown["event"] is None
    is_archived(shown, "event-0")
