"""Tokens that are stored, and a service without any, over sockets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from streamgauge.postgres.database import Database
from tests.conftest import fresh_database
from tests.helpers import START, a_deployment, an_event, append_cdevents
from tests.service import Answer, Service, eventually

STRUCTURED = "application/cloudevents+json"


def streamgauge(url: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", *arguments],
        env={"DATABASE_URL": url, "PATH": "", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def token(url: str, name: str, *options: str) -> str:
    made = streamgauge(url, "token", "create", name, *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def bearer(shown: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {shown}"}


def deliver(service: Service, shown: str, number: int = 1, **more: Any) -> Answer:
    event = an_event(number, **more)
    return service.request("POST", "/", event.state, {**bearer(shown), "Content-Type": STRUCTURED})


def read(service: Service, shown: str, path: str) -> Answer:
    return service.request("GET", path, None, bearer(shown))


@pytest.fixture(scope="module")
def closed(server_url: str) -> Iterator[Service]:
    with fresh_database(server_url) as url:
        token(url, "the first", "--role", "admin")
        environ = {"STREAMGAUGE_HTTP_WORKERS": "1"}  # others know of a token a moment later
        with Service.running(url, roles=["ingest", "api"], environ=environ) as service:
            yield service


def test_a_token_is_good_until_it_is_revoked(closed: Service) -> None:
    shown = token(closed.url, "ann", "--role", "read")
    assert eventually(lambda: read(closed, shown, "/v1/metrics").status == 200)
    assert streamgauge(closed.url, "token", "revoke", "ann").returncode == 0
    assert eventually(lambda: read(closed, shown, "/v1/metrics").status == 401)
    said = read(closed, shown, "/v1/metrics").headers["www-authenticate"]
    assert said.endswith('error="invalid_token"')


def test_what_has_ended_is_refused(closed: Service) -> None:
    shown = token(closed.url, "short", "--role", "read", "--days", "1")
    assert eventually(lambda: read(closed, shown, "/v1/metrics").status == 200)
    with Database(closed.url) as database, database.transaction() as cursor:
        cursor.execute("update tokens set expires_at = now() where name = 'short'")
    assert eventually(lambda: read(closed, shown, "/v1/metrics").status == 401)


def test_the_secret_decides_and_not_the_id(closed: Service) -> None:
    shown = token(closed.url, "bob", "--role", "read")
    other = shown[:-1] + ("0" if shown[-1] != "0" else "1")
    assert eventually(lambda: read(closed, shown, "/v1/metrics").status == 200)
    assert read(closed, other, "/v1/metrics").status == 401


def test_only_the_digest_is_stored_and_nothing_is_logged(closed: Service) -> None:
    shown = token(closed.url, "carl", "--role", "ingest")
    assert eventually(lambda: deliver(closed, shown).status == 202)
    deliver(closed, shown + "0")
    with Database(closed.url) as database, database.transaction() as cursor:
        cursor.execute("select string_agg(t::text, ' ') from tokens t")
        (stored,) = cursor.fetchone() or ("",)
    secret = shown.rpartition("_")[2]
    assert secret not in stored
    assert secret not in "".join(closed.output)


def test_a_tenant_is_a_wall(closed: Service) -> None:
    sender = token(closed.url, "acme-ci", "--role", "ingest", "--tenant", "acme")
    reader = token(closed.url, "acme-board", "--role", "read", "--tenant", "acme")
    other = token(closed.url, "zeta-board", "--role", "read", "--tenant", "zeta")
    everyone = token(closed.url, "ops", "--role", "read")
    assert eventually(lambda: deliver(closed, sender, 77).status == 202)
    mine = read(closed, reader, "/v1/events/cloudevents").json["items"]
    assert [item["event"]["id"] for item in mine] == ["event-77"]
    assert read(closed, other, "/v1/events/cloudevents").json["items"] == []
    whole = read(closed, everyone, "/v1/events/cloudevents?tenant=acme").json["items"]
    assert whole == mine
    refused = read(closed, reader, "/v1/events/cloudevents?tenant=zeta")
    assert (refused.status, refused.json["type"], refused.json["where"]) == (
        403, "/problems/forbidden", "tenant",
    )  # fmt: skip
    lineage = f"/v1/lineage/{mine[0]['id']}"
    assert read(closed, reader, lineage).status == 200
    assert read(closed, other, lineage).status == 404
    assert read(closed, reader, "/v1/projections").status == 403


def test_metrics_and_lists_are_the_tenants(server_url: str) -> None:
    with fresh_database(server_url) as url:
        reader = token(url, "acme", "--role", "read", "--tenant", "acme")
        everyone = token(url, "ops", "--role", "read")
        with Database(url) as database:
            append_cdevents(database, [a_deployment(n) for n in range(3)], tenant="acme")
            append_cdevents(database, [a_deployment(n) for n in range(50, 55)])
        with Service.running(url, environ={"STREAMGAUGE_INGEST_TOKENS": "i" * 20}) as service:
            ask = "/v1/metrics/deployment_frequency?from=2026-01-01&to=2026-02-01"

            def volume(shown: str, more: str = "") -> Any:
                return read(service, shown, ask + more).json.get("volume")

            assert eventually(lambda: volume(everyone) == 5)
            assert eventually(lambda: volume(reader) == 3)
            assert volume(reader, "&tenant=acme") == volume(everyone, "&tenant=acme") == 3
            assert read(service, reader, ask + "&tenant=default").status == 403
            assert read(service, reader, ask + "&tenant=acme&tenant=default").status == 403
            listed = read(service, reader, "/v1/deployments").json["items"]
            assert len(listed) == 3
            days = read(service, reader, "/deploy-frequency/day").json
            assert sum(day["Deployments"] for day in days) == 3
            assert START.year == 2026


def test_sources_bound_what_may_be_delivered(closed: Service) -> None:
    sources = ["--source", "/te*", "--source", "https://a/"]
    shown = token(closed.url, "bound", "--role", "ingest", *sources)
    assert eventually(lambda: deliver(closed, shown, 200).status == 202)
    elsewhere = json.dumps({"specversion": "1.0", "id": "1", "source": "/other/te", "type": "t"})
    headers = {**bearer(shown), "Content-Type": STRUCTURED}
    answer = closed.request("POST", "/", elsewhere.encode(), headers)
    assert (answer.status, answer.json["type"], answer.json["where"]) == (
        403, "/problems/forbidden", "source",
    )  # fmt: skip
    batch = b"[" + an_event(201).state + b"," + elsewhere.encode() + b"]"
    headers["Content-Type"] = "application/cloudevents-batch+json"
    answer = closed.request("POST", "/", batch, headers)
    assert (answer.status, answer.json["where"]) == (403, "/1/source")
    admin = token(closed.url, "looks", "--role", "admin")
    assert eventually(lambda: read(closed, admin, "/v1/metrics").status == 200)
    found = read(closed, admin, "/v1/events/cloudevents?limit=1000").json["items"]
    assert "event-201" not in {item["event"]["id"] for item in found}


def test_rate_and_size_are_the_tokens(closed: Service) -> None:
    small = token(closed.url, "small", "--role", "ingest", "--max-event-bytes", "200")
    assert eventually(lambda: deliver(closed, small, 300).status == 202)
    answer = deliver(closed, small, 301, subject="x" * 200)
    assert (answer.status, answer.json["type"]) == (413, "/problems/body-too-large")
    binary = {"ce-specversion": "1.0", "ce-id": "302", "ce-source": "/s", "ce-type": "t"}
    shown = {"Authorization": f"Bearer {small}", **binary}
    assert closed.request("POST", "/", b"a", shown).status == 202
    answer = closed.request("POST", "/", b"a", {**shown, "ce-more": "x" * 200})
    assert (answer.status, answer.json["type"]) == (413, "/problems/body-too-large")
    slow = token(closed.url, "slow", "--role", "read", "--rate", "2")
    assert eventually(lambda: read(closed, slow, "/v1/metrics").status != 401)
    answers = [read(closed, slow, "/v1/metrics") for _ in range(20)]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


# Without any token


def test_without_tokens_it_is_open_to_this_machine(service: Service) -> None:
    assert service.get("/v1/metrics").status == 200
    assert any("open to this machine" in line for line in service.output)
    names: list[dict[str, str]] = [
        {"Host": "127.0.0.1:1"}, {"Host": "localhost"}, {"Host": "[::1]:80"}, {"Host": "127.8.8.8"},
    ]  # fmt: skip
    names.append({"Origin": "http://localhost:3000"})
    for headers in names:
        assert service.request("GET", "/v1/metrics", None, headers).status == 200, headers


FROM_ELSEWHERE: list[dict[str, str]] = [
    {"Host": "rebound.example"},
    {"Host": "192.168.0.7:8080"},
    {"X-Forwarded-For": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
    {"Via": "1.1 proxy"},
    {"X-Forwarded-Proto": "https"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://[bad"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_and_to_nobody_elsewhere(service: Service, headers: dict[str, str]) -> None:
    for method, path in (
        ("GET", "/v1/metrics"),
        ("POST", "/"),
        ("POST", "/v1/projections/delivery/replay"),
    ):
        answer = service.request(method, path, b"{}" if method == "POST" else None, headers)
        assert (answer.status, answer.json["type"]) == (403, "/problems/closed")
    assert service.request("GET", "/healthz", None, headers).status == 200


def test_a_link_to_it_may_be_followed(service: Service) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert service.request("GET", "/v1/metrics", None, followed).status == 200


def test_it_closes_with_the_first_token(server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url, roles=["api"]) as service:
        assert service.get("/v1/metrics").status == 200
        token(url, "first", "--role", "read")
        assert eventually(lambda: service.get("/v1/metrics").status == 401)
        assert streamgauge(url, "token", "revoke", "first").returncode == 0
        with Service.running(url, roles=["api"]) as again:
            assert again.get("/v1/metrics").status == 401, "it does not open again by itself"


def test_elsewhere_it_does_not_start_open_unless_told(server_url: str) -> None:
    with fresh_database(server_url) as url:
        started = streamgauge(url, "serve", "--host", "0.0.0.0", "--port", "0")
        assert started.returncode == 2
        assert "streamgauge token create" in started.stderr
        assert "STREAMGAUGE_OPEN" in started.stderr
        environ = {"STREAMGAUGE_HOST": "0.0.0.0", "STREAMGAUGE_OPEN": "read"}
        with Service.running(url, roles=["ingest", "api"], environ=environ) as service:
            assert service.get("/v1/metrics").status == 200
            elsewhere = {"Host": "gauge.example", "X-Forwarded-For": "203.0.113.9"}
            assert service.request("GET", "/v1/metrics", None, elsewhere).status == 200
            assert service.send(an_event(1)).status == 401
            assert service.post("/v1/projections/delivery/replay", b"{}").status == 401
        token(url, "one", "--role", "admin")
        with Service.running(
            url, roles=["api"], environ={"STREAMGAUGE_HOST": "0.0.0.0"}
        ) as service:
            assert service.get("/v1/metrics").status == 401


def test_the_command_says_what_is_wrong(server_url: str) -> None:
    with fresh_database(server_url) as url:
        for arguments, status, said in (
            (["create", "x"], 2, "--role"),
            (["create", "x", "--role", "boss"], 2, "boss"),
            (["create", "", "--role", "read"], 2, "not empty"),
            (["revoke", "nobody"], 2, "there is no token"),
        ):
            done = streamgauge(url, "token", *arguments)
            assert done.returncode == status
            assert said in done.stderr
        twice = [token(url, "twin", "--role", "read") for _ in range(2)]
        assert twice[0] != twice[1]
        done = streamgauge(url, "token", "revoke", "twin")
        assert (done.returncode, "give the id" in done.stderr) == (2, True)
        listed = json.loads(streamgauge(url, "token", "list", "--json").stdout)["items"]
        assert streamgauge(url, "token", "revoke", listed[0]["id"]).returncode == 0
        after = json.loads(streamgauge(url, "token", "list", "--json").stdout)["items"]
        assert [item["revoked_at"] is None for item in after] == [False, True]
        assert not any("digest" in item or "token" in item for item in after)
