"""The nine faults of the Go proof of concept, one test each, all gone.

They were seen on it by running it unmodified. The service here is the whole one, in a process.
"""

from __future__ import annotations

import hashlib
import hmac
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from streamgauge import Event, json_codec, new_event
from streamgauge.cdevents import in_cloudevent
from streamgauge.postgres.embedded import EmbeddedPostgres
from tests.conftest import THROW_AWAY, fresh_database
from tests.helpers import a_deployment
from tests.plugins.kubernetes.builders import deployment
from tests.service import Service, eventually

ADD = "dev.knative.apiserver.resource.add"
UPDATE = "dev.knative.apiserver.resource.update"


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    with fresh_database(server_url) as url:
        yield url


def scaling(number: int, message: str, **more: Any) -> Event:
    """What the proof of concept reads: a core/v1 Event about a Deployment."""
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"web.{number}", "namespace": "shop", "uid": f"event-{number}"},
        "involvedObject": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": "web",
            "namespace": "shop",
            "uid": "uid-of-web",
        },
        "reason": "ScalingReplicaSet",
        "message": message,
        "reportingComponent": "deployment-controller",
        "type": "Normal",
    }
    body |= {k: v for k, v in more.items() if k in ("eventTime", "firstTimestamp")}
    return new_event(
        id=f"k8s-{number}", source="https://10.96.0.1:443", type=ADD, data=body,
        time=more.get("time"),
    )  # fmt: skip


def rollout(number: int, revision: int, at: datetime, **more: Any) -> Event:
    """A Deployment whose rollout of another image is complete."""
    image = more.pop("image", f"registry.example/web:1.{revision}")
    body = deployment(
        image,
        revision=revision,
        generation=number,
        version=number,
        progressing=("True", "NewReplicaSetAvailable", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        **more,
    )
    return new_event(id=f"rollout-{number}", source="https://10.96.0.1:443", type=UPDATE, data=body)


def day_counts(service: Service) -> list[dict[str, Any]]:
    service.settle()
    found: list[dict[str, Any]] = service.get("/deploy-frequency/day").json
    return found


def cdevent_ids(service: Service) -> list[str]:
    items = service.get("/v1/events/cdevents", limit=1000).json["items"]
    return [item["event"]["context"]["id"] for item in items]


def test_1_history_is_routed_once_however_often_the_router_starts(url: str) -> None:
    """There: all of it again every minute, under random ids; 3 events became 3, 6, 9."""
    seen = []
    for start in range(3):
        with Service.running(url) as service:
            if start == 0:
                for n in range(3):
                    assert service.send(in_cloudevent(a_deployment(n))).status == 202
            service.settle()
            seen.append(cdevent_ids(service))
    assert len(seen[0]) == 3
    assert seen[0] == seen[1] == seen[2]


def test_2_an_event_without_time_is_one_deployment_for_ever(url: str) -> None:
    """There: a new deployment on every pass and on every later day."""
    seen = []
    for start in range(3):
        with Service.running(url) as service:
            if start == 0:
                sent = service.send(scaling(1, "Scaled up replica set web-5d8f to 3"))
                assert sent.status == 202
            seen.append(day_counts(service))
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    assert [(d["Deployments"], d["Time"][:10]) for d in seen[0]] == [(1, today)]
    assert seen[0] == seen[1] == seen[2]


def test_3_sixteen_clients_get_no_error_and_what_is_acknowledged_is_stored(url: str) -> None:
    """There: of 640 events, 414 were answered 500 and 139 acknowledged ones were not stored."""
    events = [new_event(id=f"{n}", source="/many", type="t", data={"n": n}) for n in range(640)]
    statuses: Counter[int] = Counter()
    with Service.running(url) as service:

        def client(number: int) -> None:
            for event in events[number::16]:
                statuses[service.send(event).status] += 1

        threads = [threading.Thread(target=client, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        stored = service.get("/v1/events/cloudevents", limit=1000).json["items"]
    assert statuses == {202: 640}
    assert Counter(i["event"]["id"] for i in stored) == {f"{n}": 1 for n in range(640)}


def test_4_what_an_event_lacks_is_not_filled_from_the_one_before(url: str) -> None:
    """There: an event's missing fields kept the previous event's values."""
    with Service.running(url) as service:
        full = rollout(
            1,
            1,
            datetime(2026, 3, 1, 12, tzinfo=UTC),
            annotations={"org.opencontainers.image.revision": "c0ffee"},
        )
        bare = rollout(2, 2, datetime(2026, 3, 2, 12, tzinfo=UTC))
        service.send(full)
        service.send(bare)
        service.settle()
        items = service.get("/v1/events/cdevents").json["items"]
        commits = [item["event"]["customData"].get("commit") for item in items]
        assert commits == ["c0ffee", None]
        states = service.get("/v1/events/cloudevents").json["items"]
        assert "annotations" in states[0]["event"]["data"]["metadata"]
        revision = "org.opencontainers.image.revision"
        assert revision not in states[1]["event"]["data"]["metadata"]["annotations"]


def test_5_fifty_rollouts_a_day_are_fifty_and_scaling_is_none(url: str) -> None:
    """There: 50 rollouts of one Deployment counted 1, and a manual scale counted as one."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    rollouts = [rollout(n, n, noon + timedelta(minutes=n)) for n in range(1, 51)]
    scales = [
        rollout(
            50 + n,
            50,
            noon + timedelta(hours=1),
            image="registry.example/web:1.50",
            replicas=replicas,
        )
        for n, replicas in enumerate([5, 1, 0, 3], start=1)
    ]
    with Service.running(url) as service:
        assert service.send_batch([*rollouts, *scales]).status == 202
        assert [(d["Deployments"], d["Time"]) for d in day_counts(service)] == [
            (50, "2026-03-01T00:00:00Z")
        ]


def test_5_in_the_event_mode_too(url: str) -> None:
    messages = [
        "Scaled up replica set web-aaa to 3",  # the first rollout
        "Scaled up replica set web-aaa to 5 from 3",  # scaling
        "Scaled up replica set web-bbb to 1",  # the second rollout ...
        "Scaled down replica set web-aaa to 4 from 5",  # ... goes on
        "Scaled up replica set web-bbb to 5 from 1",
        "Scaled down replica set web-aaa to 0 from 4",
        "Scaled down replica set web-bbb to 0 from 5",  # scaled to zero by hand
        "Scaled up replica set web-bbb to 2 from 0",  # and back
    ]
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    events = [
        scaling(n, message, eventTime=(start + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for n, message in enumerate(messages)
    ]
    with Service.running(url) as service:
        service.send_batch(events)
        assert [d["Deployments"] for d in day_counts(service)] == [2]


def test_6_half_past_eleven_in_new_york_is_the_day_it_is_there(url: str) -> None:
    """There: the offset was dropped, so 23:30-05:00 fell on the wrong day of UTC."""
    event = a_deployment(1)
    event.document["context"]["timestamp"] = "2026-03-01T23:30:00-05:00"
    with Service.running(url) as service:
        service.send(in_cloudevent(event))
        assert [d["Time"] for d in day_counts(service)] == ["2026-03-02T00:00:00Z"]
        answer = service.get(
            "/v1/metrics/deployment_frequency",
            interval="day",
            tz="America/New_York",
            **{"from": "2026-03-01", "to": "2026-03-03"},
        ).json
        assert [bucket["volume"] for bucket in answer["buckets"]] == [1, 0]


def test_7_a_database_outage_is_a_503_that_is_worth_retrying(open_folder: Any) -> None:
    """There: 500, which Knative's ApiServerSource does not retry, so that the event was lost."""
    folder = open_folder / "outage"
    event = in_cloudevent(a_deployment(1))
    with EmbeddedPostgres.acquire(folder, options=THROW_AWAY) as postgres:
        with Service.running(postgres.url) as service:
            assert service.send(in_cloudevent(a_deployment(0))).status == 202
            stopped = Outage(postgres.url)
            stopped.begin()
            answer = service.send(event)
            assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert service.get("/readyz").status == 503
            assert service.get("/healthz").status == 200
            assert service.get("/v1/metrics/deployment_frequency").status == 503
            stopped.end()
            eventually(lambda: service.send(event).status == 202)
            eventually(lambda: service.get("/readyz").status == 200)
            assert sum(d["Deployments"] for d in day_counts(service)) == 2


class Outage:
    """A server that takes no connection and answers none, and later does again."""

    def __init__(self, url: str) -> None:
        self.admin = make_conninfo(**{**conninfo_to_dict(url), "dbname": "postgres"})
        self.name = conninfo_to_dict(url)["dbname"]

    def begin(self) -> None:
        self._sql(f'alter database "{self.name}" allow_connections false')
        self._sql(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self.name}'"
        )

    def end(self) -> None:
        self._sql(f'alter database "{self.name}" allow_connections true')

    def _sql(self, statement: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as conn:
            conn.execute(statement.encode())


def test_8_nothing_is_refused_for_being_longer_than_255_characters(url: str) -> None:
    long = "x" * 3000
    event = a_deployment(1, service=long, environment=long)
    event.document["context"]["id"] = long
    event.document["context"]["source"] = f"/{long}"
    with Service.running(url) as service:
        assert service.send(in_cloudevent(event)).status == 202
        assert service.send(in_cloudevent(event), "/cdevents").status == 202
        assert [d["DeployName"] for d in day_counts(service)] == [long]


SECRET, MARKER = "s3cr3t-of-the-webhook", "payload-that-nobody-may-log"


def test_9_safe_by_default(server_url: str) -> None:
    """There: no authenticity, any address, a superuser's connection, payloads in the logs."""
    with fresh_database(server_url) as admin_url:
        url = as_ordinary_role(admin_url)
        environ = {"STREAMGAUGE_GITHUB_SECRET": SECRET}
        with Service.running(url, environ=environ) as service:
            body = json_codec.encode({"zen": MARKER, "repository": {"full_name": "a/b"}})
            headers = {
                "content-type": "application/json",
                "x-github-event": "push",
                "x-github-delivery": "1",
            }
            assert service.request("POST", "/webhooks/github", body, headers).status == 403
            forged = {**headers, "x-hub-signature-256": "sha256=" + "0" * 64}
            assert service.request("POST", "/webhooks/github", body, forged).status == 403
            digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            signed = {**headers, "x-hub-signature-256": f"sha256={digest}"}
            assert service.request("POST", "/webhooks/github", body, signed).status == 202
            assert service.request("POST", "/", MARKER.encode(), headers).status == 400
            service.settle()
            service.stop(signal.SIGTERM)
            said = "".join(service.output)
        assert "listening on http://127.0.0.1:" in said
        assert SECRET not in said
        assert MARKER not in said
        assert "pass-of-the-role" not in said


def as_ordinary_role(url: str) -> str:
    """A role that owns nothing but this database's schema; the URL to use it."""
    with psycopg.connect(url, autocommit=True) as conn:
        name = conn.info.dbname
        conn.execute(f"create role role_{name} login password 'pass-of-the-role'".encode())
        conn.execute(f"grant all on schema public to role_{name}".encode())
        for kind, select in (
            ("table", "select tablename from pg_tables where schemaname = 'public'"),
            ("view", "select viewname from pg_views where schemaname = 'public'"),
        ):
            for (thing,) in conn.execute(select.encode()).fetchall():
                conn.execute(f"alter {kind} {thing} owner to role_{name}".encode())
    parts = {**conninfo_to_dict(url), "user": f"role_{name}", "password": "pass-of-the-role"}
    return make_conninfo(**parts)
