"""Dead letters over HTTP: listed by pages, shown with their events, retried and skipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from streamgauge import json_codec, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from tests.conftest import fresh_database
from tests.helpers import a_deployment
from tests.service import Answer, Service, eventually

PATH = "/v1/dead-letters"
TOKEN = "a-token-of-the-tests"
BROKEN = [
    new_event(id=f"broken-{n}", source="/b", type="dev.cdevents.service.deployed.0.3.0", data={})
    for n in range(7)
]


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Service]:
    """One that could not handle seven events, which were parked at different times."""
    with fresh_database(server_url) as url, Service.running(url) as service:
        for event in BROKEN:
            service.send(event)
            service.settle()
        yield service


def letters(service: Service, **parameters: Any) -> list[dict[str, Any]]:
    answer = service.get(PATH, **parameters)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def act(service: Service, id: str, what: str, **headers: str) -> Answer:
    return service.post(f"{PATH}/{id}/{what}", b"", **headers)


def park(service: Service, **more: Any) -> dict[str, Any]:
    """A dead letter of an event that can be handled, as after its plugin was mended."""
    given = {
        "tenant": "default",
        "position": 1,
        "event_source": "/mended",
        "event_id": str(uuid4()),
        "event_type": "t",
        "handler": str(uuid4()),
        "handler_version": "1",
        "reason": "it was broken",
        **more,
    }
    processor = given.pop("processor", "cdevents@1")
    with Database(service.environ["DATABASE_URL"]) as database, database.transaction() as cursor:
        dead_letters.park(cursor, processor, [Failure(**given)], state=given.pop("state", "parked"))
    (found,) = [
        item
        for tenant in ("default", "acme")
        for item in letters(service, tenant=tenant)
        if item["event_id"] == given["event_id"]
    ]
    return found


def test_what_could_not_be_handled_is_listed_newest_first(service: Service) -> None:
    found = [item for item in letters(service) if item["event_source"] == "/b"]
    assert [item["event_id"] for item in found] == [f"broken-{n}" for n in reversed(range(7))]
    first = found[-1]
    assert {name: first[name] for name in ("tenant", "stage", "build", "handler", "state")} == {
        "tenant": "default",
        "stage": "cdevents",
        "build": 1,
        "handler": "cdevents",
        "state": "parked",
    }
    assert (first["position"], first["attempts"]) == (1, 1)
    assert first["event_type"] == "dev.cdevents.service.deployed.0.3.0"
    assert "the required member is missing" in first["reason"]
    assert first["parked_at"] <= first["changed_at"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_come_to_the_whole_each_letter_once(service: Service, limit: int) -> None:
    whole = letters(service, limit=1000)
    found, following = [], f"{PATH}?limit={limit}"
    while following:
        page = service.get(following).json
        assert len(page["items"]) <= limit
        found += page["items"]
        following = page["next"]
    assert found == whole


def test_one_is_shown_with_its_event_as_it_was_sent(service: Service) -> None:
    (letter,) = [item for item in letters(service) if item["event_id"] == "broken-3"]
    shown = service.get(f"{PATH}/{letter['id']}").json
    assert shown.pop("event") == json_codec.decode(BROKEN[3].state)
    assert shown == letter


def test_one_of_a_projection_is_shown_with_its_cdevent(service: Service) -> None:
    deployed = a_deployment(1)
    service.send(in_cloudevent(deployed), "/cdevents")
    service.settle()
    newest = service.get("/v1/events/cdevents", order="desc").json["items"][0]
    letter = park(service, processor="delivery@1", position=newest["position"], handler="delivery")
    assert letter["stage"] == "delivery"
    assert service.get(f"{PATH}/{letter['id']}").json["event"] == newest["event"]
    assert letter in letters(service, stage="delivery")
    assert letter not in letters(service, stage="cdevents")


def test_a_retry_is_done_by_the_worker_and_leaves_the_list(service: Service) -> None:
    service.send(in_cloudevent(a_deployment(2)), "/cdevents")
    service.settle()
    newest = service.get("/v1/events/cloudevents", order="desc").json["items"][0]
    letter = park(service, position=newest["position"], handler="cdevents")
    asked = act(service, letter["id"], "retry")
    assert (asked.status, asked.headers["location"]) == (202, f"{PATH}/{letter['id']}")
    assert (asked.json["id"], asked.json["state"]) == (letter["id"], "queued")
    done = eventually(
        lambda: (
            found
            if (found := service.get(f"{PATH}/{letter['id']}").json)["state"] == "done"
            else None
        )
    )
    assert done["attempts"] == 2
    assert letter["id"] not in {item["id"] for item in letters(service)}
    assert letter["id"] in {item["id"] for item in letters(service, state="done")}
    for what in ("retry", "skip"):
        refused = act(service, letter["id"], what)
        assert (refused.status, refused.json["type"]) == (409, "/problems/already-handled")
        assert refused.json["detail"] == f"{letter['id']} is done: its event has been handled"


def test_what_fails_again_is_parked_with_one_more_attempt(service: Service) -> None:
    (letter,) = [item for item in letters(service) if item["event_id"] == "broken-5"]
    assert act(service, letter["id"], "retry").status == 202
    again = eventually(
        lambda: (
            found
            if (found := service.get(f"{PATH}/{letter['id']}").json)["state"] == "parked"
            else None
        )
    )
    assert again["attempts"] == letter["attempts"] + 1


def test_a_skipped_one_can_be_retried_after_all(service: Service) -> None:
    (letter,) = [item for item in letters(service) if item["event_id"] == "broken-6"]
    assert act(service, letter["id"], "skip").json["state"] == "skipped"
    assert act(service, letter["id"], "skip").json["state"] == "skipped"
    assert letter["id"] not in {item["id"] for item in letters(service)}
    assert letter["id"] in {item["id"] for item in letters(service, state=["skipped", "done"])}
    assert act(service, letter["id"], "retry").json["state"] == "queued"


def test_another_tenants_is_unknown(service: Service) -> None:
    letter = park(service, tenant="acme")
    assert letters(service, tenant="acme") == [letter]
    assert letter["id"] not in {item["id"] for item in letters(service)}
    assert service.get(f"{PATH}/{letter['id']}").status == 404
    assert act(service, letter["id"], "skip").status == 404
    assert service.get(f"{PATH}/{letter['id']}", tenant="acme").json["id"] == letter["id"]
    assert act(service, letter["id"], "skip?tenant=acme").json["state"] == "skipped"


def test_what_a_replaced_build_could_not_handle_is_nobodys(service: Service) -> None:
    letter = park(service, processor="delivery@1")
    with Database(service.environ["DATABASE_URL"]) as database, database.transaction() as cursor:
        cursor.execute(
            "update dead_letters set processor = 'delivery@77' where dead_letter_id = %s",
            (letter["id"],),
        )
    assert letter["id"] not in {item["id"] for item in letters(service)}
    assert service.get(f"{PATH}/{letter['id']}").status == 404
    assert act(service, letter["id"], "retry").status == 404


@pytest.mark.parametrize(
    "id",
    ["b7dadeec-fc89-423d-b873-073866868148", "4f2a", "no uuid", "x" * 300, "a\0b", "{" + "0" * 36],
)
def test_an_unknown_id_is_a_problem(service: Service, id: str) -> None:
    for answer in (
        service.get(f"{PATH}/{quote(id)}"),
        act(service, quote(id), "retry"),
        act(service, quote(id), "skip"),
    ):
        assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")
        assert answer.json["detail"].endswith("; /v1/dead-letters lists them")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("state=open", "state"),
        ("stage=", "stage"),
        ("states=done", "states"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        (f"cursor={quote('2026-01-01T00:00:00Z x')}", "cursor"),
        ("from=2026-02-01&to=2026-01-01", "from"),
    ],
)
def test_what_makes_no_sense_is_refused(service: Service, query: str, where: str) -> None:
    answer = service.get(f"{PATH}?{query}")
    assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-query")
    assert answer.json["where"] == where


def test_a_range_is_of_when_they_were_parked(service: Service) -> None:
    (letter,) = [item for item in letters(service) if item["event_id"] == "broken-2"]
    since = letters(service, **{"from": letter["parked_at"]})
    before = letters(service, to=letter["parked_at"])
    assert letter in since
    assert [item["event_id"] for item in before] == ["broken-1", "broken-0"]


def test_what_is_being_tried_is_not_waited_for(service: Service) -> None:
    letter = park(service)
    with Database(service.environ["DATABASE_URL"]) as database, database.transaction() as cursor:
        cursor.execute(
            "select from dead_letters where dead_letter_id = %s for update", (letter["id"],)
        )
        answer = act(service, letter["id"], "skip")
    assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
    assert answer.json["detail"] == "the event is being tried just now; ask again"
    assert act(service, letter["id"], "skip").status == 202


def test_who_may_act(database_url: str) -> None:
    environ = {"STREAMGAUGE_ADMIN_TOKENS": TOKEN, "STREAMGAUGE_OPEN": "read"}
    with Service.running(database_url, roles=("api",), environ=environ) as service:
        letter = park(service)
        for what in ("retry", "skip"):
            assert act(service, letter["id"], what).status == 401
            shown = act(service, letter["id"], what, authorization=f"Bearer {TOKEN}")
            assert shown.status == 202
