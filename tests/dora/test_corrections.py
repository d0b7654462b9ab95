"""A wrong link corrected, from the webhooks to the answers: over HTTP and on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import fresh_database
from tests.dora.github import CHANGE, MARCH, STORY, deliver, listed
from tests.service import Answer, Service, eventually

TOKEN = "an-admin-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@contextmanager
def with_the_story(server_url: str) -> Iterator[Service]:
    environ = {
        "STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true",
        "STREAMGAUGE_ADMIN_TOKENS": TOKEN,
        "STREAMGAUGE_OPEN": "ingest,read",
    }
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        deliver(service, *STORY)
        yield service


@pytest.fixture
def service(server_url: str) -> Iterator[Service]:
    with with_the_story(server_url) as service:
        yield service


@pytest.fixture(scope="module")
def unchanged(server_url: str) -> Iterator[Service]:
    """For tests that correct nothing of the story."""
    with with_the_story(server_url) as service:
        yield service


def say(service: Service, headers: dict[str, str] = BEARER, **members: Any) -> Answer:
    body = json.dumps({key.rstrip("_"): value for key, value in members.items()}).encode()
    sent = {"Content-Type": "application/json", **headers}
    answer = service.request("POST", "/v1/links", body, sent)
    if answer.status == 202:
        service.settle()
    return answer


def links(service: Service) -> list[tuple[str, str, str]]:
    """Deployment, time and rule of the change's links."""
    change = next(item for item in listed(service, "changes") if item["id"] == CHANGE)
    return [(link["deployment"], link["deployed_at"], link["rule"])
            for link in change["deployments"]]  # fmt: skip


def lead_time(service: Service) -> Any:
    return service.get("/v1/metrics/change_lead_time", **MARCH).json["value"]


def test_a_wrong_link_is_corrected_and_a_replay_keeps_it(service: Service) -> None:
    again, hats, _ = listed(service, "deployments")
    [(before, at, rule)] = links(service)
    assert (before, at, rule) == (hats["id"], "2026-03-03T12:00:00Z", "commit")
    whole = lead_time(service)

    wrong = {
        "what": "change",
        "id": CHANGE,
        "deployment": hats["id"],
        "linked": False,
        "reason": "it was behind a flag",
        "by": "ann",
        "at": "2026-03-10T09:00:00Z",
    }
    right = {**wrong, "deployment": again["id"], "linked": True}
    first = say(service, **wrong)
    assert (first.status, first.body, first.headers["streamgauge-accepted"]) == (202, b"", "1")
    assert links(service) == []
    repeated = say(service, **wrong)
    assert (repeated.status, repeated.headers["streamgauge-duplicates"]) == (202, "1")
    assert say(service, **right).status == 202
    assert links(service) == [(again["id"], "2026-03-05T12:00:00Z", "corrected")]
    assert lead_time(service) == whole + 2 * 86_400

    path = "/v1/projections/delivery/replay"
    answer = service.request("POST", path, b"{}", {"Content-Type": "application/json", **BEARER})
    assert answer.status == 202
    assert eventually(lambda: service.get(path).json["state"] == "done")
    assert links(service) == [(again["id"], "2026-03-05T12:00:00Z", "corrected")]
    lineage = service.request("GET", f"/v1/lineage/{quote(CHANGE, safe='')}").json
    corrected = [e["cdevent"]["document"]["subject"]["content"] for e in lineage["events"]
                 if "corrected" in e["cdevent"]["type"]]  # fmt: skip
    assert [(c["deployment"], c["linked"]) for c in corrected] in (
        [(hats["id"], False), (again["id"], True)],
        [(again["id"], True), (hats["id"], False)],
    )

    # The contrary, said of a later time, counts, in whichever order it comes.
    assert say(service, **{**right, "linked": False, "at": "2026-03-11T09:00:00Z"}).status == 202
    assert say(service, **{**wrong, "linked": True, "at": "2026-03-12T09:00:00Z"}).status == 202
    assert say(service, **{**wrong, "at": "2026-03-09T09:00:00Z"}).status == 202
    assert links(service) == [(hats["id"], at, "corrected")]


def test_without_a_time_the_last_one_said_counts(service: Service) -> None:
    hats = listed(service, "deployments")[1]["id"]
    wrong = {"what": "change", "id": CHANGE, "deployment": hats, "linked": False}
    for linked, rules in ((False, []), (True, ["corrected"]), (False, [])):
        assert say(service, **{**wrong, "linked": linked}).status == 202
        assert [rule for _, _, rule in links(service)] == rules


def test_an_incident_is_due_to_another_deployment(service: Service) -> None:
    [incident] = listed(service, "incidents")
    again, hats, _ = listed(service, "deployments")
    rate = service.get("/v1/metrics/change_fail_rate", **MARCH).json
    for deployment, linked in ((hats, False), (again, True)):
        said = say(
            service, what="incident", id_=incident["id"], deployment=deployment["id"], linked=linked
        )
        assert said.status == 202
    changed = service.get("/v1/metrics/change_fail_rate", **MARCH).json
    assert (rate["n"], changed["n"]) == (3, 3)
    # From an incident before a deployment nothing follows but what somebody says.
    days = [bucket["value"] for bucket in service.get(
        "/v1/metrics/change_fail_rate", interval="day", **{"from": "2026-03-03", "to": "2026-03-06"}
    ).json["buckets"]]  # fmt: skip
    assert days == [0.0, None, 1.0]


def test_it_may_come_before_what_it_is_about(unchanged: Service) -> None:
    assert (
        say(unchanged, what="change", id_="nobody's", deployment="none", linked=True).status == 202
    )
    assert say(unchanged, what="fix", id_="n" * 20_000, deployment="d" * 20_000, linked=True,
               reason="r" * 20_000).status == 202  # fmt: skip
    assert len(links(unchanged)) == 1


def test_the_command_says_the_same(service: Service) -> None:
    hats = listed(service, "deployments")[1]["id"]
    command = [sys.executable, "-m", "streamgauge", "correct", "change", CHANGE, hats, "--not"]
    done = subprocess.run(
        [*command, "--reason", "behind a flag", "--by", "ann"],
        env={**os.environ, **service.environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["recorded", "at"]), done.stderr
    service.settle()
    assert links(service) == []


GOOD = {"what": "change", "id": "a", "deployment": "b", "linked": True}


def test_what_makes_no_sense_is_refused(unchanged: Service) -> None:
    for members, where in (
        ({"what": "deployment"}, "/what"),
        ({"what": ["change"]}, "/what"),
        ({"linked": 1}, "/linked"),
        ({"id": ""}, "/id"),
        ({"id": 7}, "/id"),
        ({"deployment": None}, "/deployment"),
        ({"reason": []}, "/reason"),
        ({"by": "a\0"}, "/subject"),
        ({"at": "yesterday"}, "/at"),
        ({"at": 7}, "/at"),
        ({"who": "ann"}, "/who"),
    ):
        answer = say(unchanged, **{**GOOD, **members})
        assert (answer.status, answer.json.get("where")) == (400, where), members
    for name in GOOD:
        answer = say(unchanged, **{key: value for key, value in GOOD.items() if key != name})
        assert (answer.status, answer.json["where"]) == (400, f"/{name}")
    for body in (b"", b"[]", b"{", b"\xff"):
        sent = {"Content-Type": "application/json", **BEARER}
        assert unchanged.request("POST", "/v1/links", body, sent).status == 400
    form = {"Content-Type": "text/plain", **BEARER}
    assert unchanged.request("POST", "/v1/links", b"{}", form).status == 415
    assert unchanged.request("GET", "/v1/links").status == 405
    assert unchanged.get("/v1/events/cloudevents", order="desc", limit=1).json["items"][0][
        "position"
    ]


def test_who_may_say_so(unchanged: Service) -> None:
    for path in ("/v1/links", "/webhooks/links"):
        body, sent = json.dumps(GOOD).encode(), {"Content-Type": "application/json"}
        assert unchanged.request("POST", path, body, sent).status == 401
        wrong = {**sent, "Authorization": "Bearer another-token-than-it"}
        assert unchanged.request("POST", path, body, wrong).status == 401
        assert unchanged.request("POST", path, body, {**sent, **BEARER}).status == 202


@pytest.mark.parametrize(("role", "status"), [("api", 401), ("ingest", 404)])
def test_it_is_closed_to_the_world_without_a_token(
    database_url: str, role: str, status: int
) -> None:
    environ = {"STREAMGAUGE_HOST": "0.0.0.0", "STREAMGAUGE_OPEN": "ingest,read"}
    with Service.running(database_url, roles=[role], environ=environ) as service:
        assert say(service, {}, **GOOD).status == status
