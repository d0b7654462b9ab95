"""The client asks a real service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice

import pytest

from streamgauge import new_event, shapes
from streamgauge.access import Grant, mint, store
from streamgauge.client import Client, ProblemAnswer, ServiceUnreachable
from streamgauge.client.connection import Answered, Connection, Request
from streamgauge.errors import InvalidQuery
from streamgauge.postgres.database import Database
from streamgauge.shapes import Metric
from tests.client.story import EVIL, FEBRUARY, client_of, running, story
from tests.conftest import fresh_database
from tests.helpers import an_event
from tests.service import Service


@pytest.fixture(scope="module")
def told(server_url: str) -> Iterator[Service]:
    with running(server_url) as service:
        yield service


@pytest.fixture
def client(told: Service) -> Iterator[Client]:
    with client_of(told) as client:
        yield client


def test_the_metrics_that_there_are(client: Client) -> None:
    names = {each.name: each.unit for each in client.metrics()}
    assert names["change_lead_time"] == "seconds"


def test_a_metric_of_a_range(client: Client, told: Service) -> None:
    found = client.metric("change_lead_time", **FEBRUARY, service=["shop"], percentile=[50, 90])
    asked = told.get(
        "/v1/metrics/change_lead_time", **{"from": "2026-01-05"}, to="2026-02-02", service="shop",
        percentile="50,90",
    ).json  # fmt: skip
    assert isinstance(found, Metric)
    assert (found.value, found.n, found.definition) == (4 * 3600, 5, "dora2025")
    assert [each.value for each in found.buckets] == [b["value"] for b in asked["buckets"]]
    assert found.percentiles == asked["percentiles"]
    assert found.buckets[2].value is None
    assert found.left_out == asked["left_out"]


def test_an_answer_that_still_holds_is_not_sent_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = []
    ask = Connection.ask

    def noted(connection: Connection, request: Request) -> Answered:
        answer = ask(connection, request)
        statuses.append(answer.status)
        return answer

    monkeypatch.setattr(Connection, "ask", noted)
    first, again = (client.metric("change_lead_time", **FEBRUARY) for _ in range(2))
    assert statuses == [200, 304]
    assert first == again


def test_the_same_range_by_days_instants_and_texts(client: Client) -> None:
    asked = [
        client.metric("deployment_frequency", from_=begin, to="2026-02-02")
        for begin in ("2026-01-05", date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC))
    ]
    assert asked[0] == asked[1] == asked[2]


def test_groups_and_another_definition(client: Client) -> None:
    found = client.metric(
        "deployment_frequency", **FEBRUARY, group_by="service", definition="gitlab"
    )
    assert found.definition == "gitlab"
    assert [group["service"] for group in found.groups or ()] == ["shop", EVIL]


def test_an_explanation_page_by_page(client: Client) -> None:
    pages = list(client.explain("change_lead_time", **FEBRUARY, limit=2))
    assert [len(page.items) for page in pages] == [2] * (len(pages) - 1) + [len(pages[-1].items)]
    assert len(pages) > 2
    items = [item for page in pages for item in page.items]
    assert len(items) == pages[0].total
    counted = [item for item in items if item["counts"] and item["amount"] is not None]
    assert len(counted) == pages[0].n == 5
    assert next(client.explain("change_lead_time", **FEBRUARY)).items == items


def test_lists_go_on_to_their_end(client: Client) -> None:
    found = list(client.deployments(limit=2))
    assert len(found) == 9
    assert found == list(client.deployments())
    assert found == sorted(found, key=lambda item: item["finished_at"], reverse=True)
    assert [item["id"] for item in islice(client.deployments(limit=1), 3)] == [
        item["id"] for item in found[:3]
    ]
    assert {item["service"] for item in client.deployments(service=EVIL)} == {EVIL}
    assert len(list(client.changes(service="shop"))) >= 5
    assert [item["id"] for item in client.incidents()] == ["i"]
    assert list(client.items("/v1/incidents", service="nobody")) == []
    assert list(client.items("/v1/dead-letters")) == []


def test_the_logs_from_either_end(client: Client) -> None:
    oldest = list(client.events("cdevents", limit=4))
    assert [each.position for each in oldest] == list(range(1, len(list(story())) + 1))
    assert list(client.events("cdevents", order="desc", limit=5)) == oldest[::-1]
    first = next(client.events())
    assert isinstance(first, shapes.RecordedEvent)
    assert (first.position, first.event["specversion"]) == (1, "1.0")


def test_the_lineage_of_a_deployment_and_of_an_id_with_slashes(client: Client) -> None:
    deployment = next(client.deployments())
    found = client.lineage(deployment["id"])
    assert deployment["id"] in {each["cdevent"]["id"] for each in found.events}
    change = next(client.changes())
    assert "/" in change["id"]
    assert client.lineage(change["id"], tenant="default").id == change["id"]


def test_stages_and_a_replay(client: Client) -> None:
    assert {"cdevents", "delivery"} <= {each.name for each in client.projections()}
    asked = client.replay("deployment_frequency", "compare")
    assert (asked.stage, asked.action) == ("deployment_frequency", "compare")
    with pytest.raises(ProblemAnswer) as refused:
        client.replay("nothing")
    assert (refused.value.status, refused.value.type) == (404, "/problems/not-found")


def test_events_are_sent_once(server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url, roles=["ingest"]) as service:
        with client_of(service) as client:
            events = [an_event(number) for number in range(2100)]
            sent = client.send(iter(events))
            assert (sent.accepted, sent.duplicates, sent.position) == (2100, 0, 2100)
            again = client.send(events[:3])
            assert (again.accepted, again.duplicates, again.position) == (0, 3, 3)
            mapping = json.loads(an_event(3000).state)
            cdevent = next(iter(story()))
            assert client.send([mapping, cdevent]).accepted == 2
            nothing = client.send([])
            assert (nothing.accepted, nothing.position) == (0, None)
            with pytest.raises(ProblemAnswer, match=r"other content") as conflict:
                client.send([new_event(id="event-1", source="/test", type="com.example.other")])
            assert conflict.value.status == 409


def test_what_has_no_method_is_asked_as_it_is(client: Client, told: Service) -> None:
    assert json.loads(client.raw("/healthz")) == {"status": "alive"}
    assert client.raw("/v1/deployments", limit=1) == told.get("/v1/deployments", limit=1).body
    with pytest.raises(ProblemAnswer) as refused:
        client.raw("/v1/links", body={"what": "change"})
    assert (refused.value.status, refused.value.where) == (400, "/id")


def test_a_problem_is_an_exception_with_its_members(client: Client) -> None:
    with pytest.raises(ProblemAnswer) as refused:
        client.metric("change_lead_time", interval="fortnight")
    problem = refused.value
    assert (problem.type, problem.status, problem.where) == (
        "/problems/invalid-query", 400, "interval",
    )  # fmt: skip
    assert problem.allowed is not None
    assert "week" in problem.allowed
    assert problem.request_id
    assert problem.retry_after is None
    assert str(problem).startswith("interval: 'fortnight' is not allowed; allowed: ")


def test_an_empty_list_is_not_everything(client: Client) -> None:
    with pytest.raises(InvalidQuery, match="service: is an empty list"):
        client.metric("change_lead_time", service=[])
    with pytest.raises(InvalidQuery, match=r"from_: .*has no time zone"):
        client.metric("change_lead_time", from_=datetime(2026, 1, 5))


def test_tokens(server_url: str) -> None:
    secret, token = mint(Grant("reader", frozenset({"read"})))
    with fresh_database(server_url) as url:
        with Database(url) as database, database.transaction() as cursor:
            store.add(cursor, token)
        with Service.running(url, roles=["ingest", "api"]) as service:
            with client_of(service, secret) as client:
                assert client.metrics()
                assert secret not in repr(client)
                with pytest.raises(ProblemAnswer) as refused:
                    client.send([an_event(1)])
                assert (refused.value.status, refused.value.type) == (403, "/problems/forbidden")
                assert secret not in str(refused.value)
            with client_of(service) as client, pytest.raises(ProblemAnswer) as refused:
                client.metrics()
            assert refused.value.status == 401
            with client_of(service, secret[:-1] + "!") as client:
                with pytest.raises(ProblemAnswer, match="not one that is known here"):
                    client.metrics()


def test_a_service_that_is_not_there() -> None:
    with Client("http://127.0.0.1:1/gauge", "a-token-that-is-secret") as client:
        with pytest.raises(ServiceUnreachable) as away:
            client.metrics()
    assert away.value.url == "http://127.0.0.1:1/gauge"
    assert str(away.value).startswith(
        "no service answers at http://127.0.0.1:1/gauge: Connection refused; start one"
    )
    assert "secret" not in str(away.value)
