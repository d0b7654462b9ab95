"""GET /v1/live over sockets: every event once and in order, whoever else watches or does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from streamgauge import Event, new_event
from streamgauge.access import Grant, mint, store
from streamgauge.cdevents import in_cloudevent
from streamgauge.cloudevents import json_format
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge_http.live.feeds import MOST_VIEWERS
from tests.conftest import fresh_database
from tests.helpers import a_deployment
from tests.http.viewing import Seen, Viewing, positions
from tests.service import Service, eventually

ONE_WORKER = {"STREAMGAUGE_HTTP_WORKERS": "1"}
_numbers = count()


def events(count: int, *, size: int = 0, **more: Any) -> list[Event]:
    """New ones, each with so many bytes of data at least."""
    given = {"source": "/test", "type": "com.example.thing", **more}
    return [
        new_event(id=f"live-{next(_numbers)}", data={"text": "x" * size}, **given)
        for _ in range(count)
    ]


def send(service: Service, new: list[Event], *, together: int = 100) -> None:
    """Until each is accepted."""
    for start in range(0, len(new), together):
        batch = new[start : start + together]
        eventually(lambda: service.send_batch(batch).status == 202)  # noqa: B023


def head(service: Service, log: str = "cloudevents") -> int:
    items = service.get(f"/v1/events/{log}", order="desc", limit=1).json["items"]
    return items[0]["position"] if items else 0


def everything(service: Service) -> list[str]:
    """The ids of all events of the log, in order."""
    found, following = [], "/v1/events/cloudevents?limit=1000"
    while following:
        page = service.get(following).json
        found += [item["event"]["id"] for item in page["items"]]
        following = page["next"]
    return found


def ids(seen: list[Seen]) -> list[str]:
    return [one.json["event"]["id"] for one in seen]


@pytest.fixture(scope="module")
def listening(server_url: str) -> Iterator[Service]:
    """A service of one process, without a worker."""
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=("ingest", "api"), environ=ONE_WORKER) as service,
    ):
        yield service


def test_a_viewer_sees_what_comes_after_it_and_nothing_before(service: Service) -> None:
    send(service, events(3))
    before = head(service)
    with Viewing(service) as viewing:
        assert viewing.response.headers["content-type"] == "text/event-stream"
        assert viewing.response.headers["cache-control"] == "no-store"
        new = events(5)
        send(service, new, together=2)
        seen = viewing.take(5)
    assert ids(seen) == [event.id for event in new]
    assert {one.event for one in seen} == {"cloudevent"}
    page = service.get("/v1/events/cloudevents", cursor=before).json["items"]
    assert [one.json for one in seen] == page


def test_cdevents_are_seen_as_their_log_has_them(service: Service) -> None:
    service.settle()
    with Viewing(service, "cdevents") as viewing:
        deployed = [a_deployment(next(_numbers)) for _ in range(3)]
        service.send_batch([in_cloudevent(event) for event in deployed], "/cdevents")
        seen = viewing.take(3)
    assert [one.json["event"] for one in seen] == [event.document for event in deployed]
    assert {one.event for one in seen} == {"cdevent"}
    page = service.get("/v1/events/cdevents", order="desc", limit=3).json["items"]
    assert [one.json for one in seen] == page[::-1]


@pytest.mark.parametrize("gone", [1, 250])
def test_who_comes_back_goes_on_where_it_was(listening: Service, gone: int) -> None:
    with Viewing(listening) as viewing:
        new = events(10)
        send(listening, new)
        seen = viewing.take(4)
        last = viewing.last_id
    missed = events(gone)
    send(listening, missed)
    with Viewing(listening, last_id=last, after=0) as again:
        seen += again.take(6 + gone)
    assert ids(seen) == [event.id for event in [*new, *missed]]


def test_who_saw_nothing_yet_comes_back_to_where_it_began(listening: Service) -> None:
    with Viewing(listening) as viewing:
        next(viewing.blocks())
    new = events(2)
    send(listening, new)
    with Viewing(listening, last_id=viewing.last_id) as again:
        assert ids(again.take(2)) == [event.id for event in new]


def test_after_begins_anywhere_in_the_log(listening: Service) -> None:
    send(listening, events(700), together=700)
    last = head(listening)
    for after in (0, 1, last - 650, last - 1):
        with Viewing(listening, after=after) as viewing:
            assert positions(viewing.take(last - after)) == [*range(after + 1, last + 1)]


def test_beyond_the_head_it_begins_at_the_head(listening: Service) -> None:
    with Viewing(listening, after=2**63 - 1) as viewing:
        new = events(1)
        send(listening, new)
        assert ids(viewing.take(1)) == [new[0].id]


def test_every_viewer_sees_every_event_once_while_writers_append_side_by_side(
    listening: Service,
) -> None:
    first = head(listening)
    writers = [
        threading.Thread(target=send, args=(listening, events(150)), kwargs={"together": n})
        for n in (1, 3, 20, 150)
    ]
    with Viewing(listening) as one, Viewing(listening, after=max(0, first - 20)) as other:
        for writer in writers:
            writer.start()
        half = one.take(300)
        with Viewing(listening, last_id=one.last_id) as third:
            rest = [one.take(300), third.take(300)]
        everything = other.take(min(20, first) + 600)
        for writer in writers:
            writer.join()
    assert positions(half + rest[0]) == [*range(first + 1, first + 601)]
    assert rest[0] == rest[1]
    assert positions(everything)[-600:] == [*range(first + 1, first + 601)]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"type": "com.github.*"}, [0, 1]),
        ({"type": "*"}, [0, 1, 2]),
        ({"type": ["com.github.push", "org.*.done"]}, [0, 2]),
        ({"source": "/a/*"}, [0, 2]),
        ({"type": "com.github.*", "source": "/b"}, [1]),
    ],
)
def test_filters(
    listening: Service, filters: dict[str, Any], wanted: list[int], late: bool
) -> None:
    after = head(listening)
    end = events(1, source="/a/end", type="com.github.push")
    new = [
        *events(1, source="/a/x", type="com.github.push"),
        *events(1, source="/b", type="com.github.issues"),
        *events(1, source="/a/", type="org.example.done"),
        *events(40, source="/", type="com.github"),
    ]
    if late:
        send(listening, new)
    with Viewing(listening, after=after, **filters) as viewing:
        if not late:
            send(listening, new)
        expected = [new[n].id for n in wanted]
        if filters.get("type") == "*":
            expected += [event.id for event in new[3:]]
        assert ids(viewing.take(len(expected))) == expected
        if filters != {"type": "com.github.*", "source": "/b"}:
            send(listening, end)
            assert ids(viewing.take(1)) == [end[0].id]


def test_filters_look_into_cdevents(service: Service) -> None:
    service.settle()
    with Viewing(service, "cdevents", type="dev.cdevents.service.rolledback.*", source="/te*") as v:
        kinds = ("service.deployed", "service.rolledback", "service.deployed")
        deployed = [a_deployment(next(_numbers), kind=kind) for kind in kinds]
        service.send_batch([in_cloudevent(event) for event in deployed], "/cdevents")
        assert v.take(1)[0].json["event"] == deployed[1].document


def test_a_tenant_sees_its_own(listening: Service) -> None:
    theirs, ours = events(3), events(2)
    with Viewing(listening, tenant="acme") as acme, Viewing(listening) as default:
        with Database(listening.environ["DATABASE_URL"]) as database:
            CloudEventsLog(database).append(theirs, tenant="acme")
        send(listening, ours)
        assert ids(acme.take(3)) == [event.id for event in theirs]
        assert ids(default.take(2)) == [event.id for event in ours]


def test_line_breaks_between_tokens_end_no_line(listening: Service) -> None:
    odd = (
        b'{\r\n "id":"odd-%d",\n "source":"/s",\r"type":"t","specversion":"1.0",\n'
        b'"data":"a\\nb\\u2028\\r\xe2\x80\xa8" }' % next(_numbers)
    )
    with Viewing(listening) as viewing:
        send(listening, [json_format.parse(odd)])
        assert viewing.take(1)[0].json["event"] == json.loads(odd)


def test_an_event_of_eight_mib_comes_whole(server_url: str) -> None:
    environ = {**ONE_WORKER, "STREAMGAUGE_MAX_EVENT_BYTES": str(8 << 20)}
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=("ingest", "api"), environ=environ) as service,
        Viewing(service) as early,
    ):
        (large,), (small,) = events(1, size=(8 << 20) - 300), events(1)
        assert service.send(large).status == 202
        assert service.send(small).status == 202
        assert ids(early.take(2)) == [large.id, small.id]
        with Viewing(service, after=0) as late:
            assert late.take(1)[0].json["event"] == json.loads(large.state)
            assert ids(late.take(1)) == [small.id]


def worker_of(service: Service) -> int:
    """The process id of the one gunicorn worker."""
    pid = service.process.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def test_two_hundred_viewers_take_no_threads_and_everybody_is_answered(listening: Service) -> None:
    # So that the threads for queries and appends are there.
    asking = [threading.Thread(target=listening.get, args=("/readyz",)) for _ in range(20)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    send(listening, events(1))
    threads = Path(f"/proc/{worker_of(listening)}/task")
    before = len([*threads.iterdir()])
    viewings = [Viewing(listening) for _ in range(200)]
    new = events(30)
    for event in new:
        assert listening.send(event).status == 202
        assert listening.get("/readyz").status == 200
    assert len([*threads.iterdir()]) <= before + 1  # the reader
    for viewing in viewings:
        assert ids(viewing.take(30)) == [event.id for event in new]
        viewing.close()


@pytest.mark.parametrize(("size", "count"), [(40_000, 1500), (900_000, 70)])
def test_who_does_not_read_is_dropped_while_another_gets_everything(
    listening: Service, size: int, count: int
) -> None:
    with Viewing(listening, buffer=4096) as stuck, Viewing(listening) as other:
        new = events(count, size=size)
        got: list[Seen] = []
        reader = threading.Thread(target=lambda: got.extend(other.take(count)))
        reader.start()
        send(listening, new, together=max(1, 2_000_000 // size))
        reader.join()
        assert ids(got) == [event.id for event in new]
        seen = [*stuck]  # to its end
    if size < 64 * 1024:  # it was not in the middle of one
        farewell = seen.pop()
        assert farewell.event == "dropped"
        assert farewell.json["reason"].startswith("events came faster than they were taken")
    assert 0 < len(seen) < count
    assert ids(seen) == [event.id for event in new[: len(seen)]]
    with Viewing(listening, last_id=stuck.last_id) as again:
        rest = again.take(count - len(seen))
    assert ids(seen + rest) == [event.id for event in new]


def test_a_connection_of_postgres_that_is_cut_loses_nothing(listening: Service) -> None:
    new = events(400)
    with (
        Viewing(listening) as viewing,
        Viewing(listening, after=0) as late,
        psycopg.connect(listening.environ["DATABASE_URL"], autocommit=True) as admin,
    ):
        for start in range(0, len(new), 40):
            send(listening, new[start : start + 40], together=10)
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where"
                " datname = current_database() and application_name like 'streamgauge http %'"
            )
        assert ids(viewing.take(400)) == [event.id for event in new]
        eventually(lambda: listening.get("/readyz").status == 200)
        recorded = everything(listening)
        assert ids(late.take(len(recorded))) == recorded
        assert recorded[-400:] == [event.id for event in new]


def refused(service: Service) -> bool:
    answer = service.get("/v1/live", log="cdevents")
    if answer.status == 200:
        return False
    assert (answer.status, answer.json["type"]) == (503, "/problems/too-many-viewers")
    assert int(answer.headers["retry-after"]) > 0
    return True


def test_there_are_so_many_viewers_at_most_and_who_leaves_makes_room(listening: Service) -> None:
    viewings: list[Viewing] = []
    while len(viewings) < MOST_VIEWERS:
        viewings.append(Viewing(listening, ("cloudevents", "cdevents")[len(viewings) % 2]))
    assert refused(listening)
    assert listening.get("/readyz").status == 200
    viewings.pop().close()

    def comes_in() -> Viewing | None:
        try:
            return Viewing(listening)
        except AssertionError:
            return None

    viewings.append(eventually(comes_in))
    assert refused(listening)
    for viewing in viewings:
        viewing.close()
    eventually(comes_in).close()


def test_a_worker_that_stops_ends_its_viewers(server_url: str) -> None:
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=("ingest", "api"), environ=ONE_WORKER) as service,
    ):
        idle, stuck = Viewing(service), Viewing(service, buffer=4096)
        new = events(60, size=200_000)
        send(service, new, together=10)
        assert ids(idle.take(60)) == [event.id for event in new]
        service.process.terminate()
        assert [*idle] == []
        assert idle.response.isclosed()  # it had an orderly end
        assert service.stop() == 0
        stuck.close()
        idle.close()
        said = "".join(service.output)
        assert ("Traceback" in said, "Forcing close" in said) == (False, False)


def test_a_replay_of_the_log_of_cdevents_ends_its_viewers(server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url, environ=ONE_WORKER) as service:
        service.send_batch([in_cloudevent(a_deployment(n)) for n in range(5)], "/cdevents")
        service.settle()
        with Viewing(service, "cdevents", after=0) as viewing:
            assert positions(viewing.take(5)) == [1, 2, 3, 4, 5]
            asked = service.post(
                "/v1/projections/cdevents/replay", b"{}", content_type="application/json"
            )
            assert asked.status == 202
            (farewell,) = viewing
        assert farewell.event == "dropped"
        assert farewell.json["reason"].startswith("a replay has replaced the log")
        with Viewing(service, "cdevents", last_id=viewing.last_id) as again:
            service.send(in_cloudevent(a_deployment(5)), "/cdevents")
            assert positions(again.take(1)) == [6]


def a_token(service: Service, **more: Any) -> tuple[str, str]:
    """A new token with the role read: what to show, and its id."""
    text, token = mint(Grant("test", frozenset(("read",)), **more))
    with Database(service.environ["DATABASE_URL"]) as database, database.transaction() as cursor:
        store.add(cursor, token)
    return text, token.token_id


def test_a_token_of_a_tenant_sees_its_own_until_it_is_revoked(server_url: str) -> None:
    environ = {**ONE_WORKER, "STREAMGAUGE_OPEN": "ingest"}
    with (
        fresh_database(server_url) as url,
        Service.running(url, roles=("ingest", "api"), environ=environ) as service,
        Database(url) as database,
    ):
        shown, token_id = a_token(service, tenant="acme")
        headers = {"authorization": f"Bearer {shown}"}
        assert service.get("/v1/live", log="cloudevents").status == 401
        other = service.request("GET", "/v1/live?log=cloudevents&tenant=default", None, headers)
        assert (other.status, other.json["type"]) == (403, "/problems/forbidden")
        with Viewing(service, token=shown) as viewing:
            send(service, events(2))
            (theirs,) = events(1)
            CloudEventsLog(database).append([theirs], tenant="acme")
            assert ids(viewing.take(1)) == [theirs.id]
            with database.transaction() as cursor:
                store.revoke(cursor, token_id)
            eventually(
                lambda: service.request("GET", "/v1/live?log=x", None, headers).status == 401
            )
            seen: list[Seen] = []

            def is_over() -> bool:
                CloudEventsLog(database).append(events(1), tenant="acme")
                seen.extend(viewing.take(1))
                return seen[-1].event == "dropped"

            eventually(is_over)
            assert seen[-1].json["reason"] == "the token is not one that is known here"
            assert [*viewing] == []


@pytest.mark.slow
def test_a_heartbeat_moves_the_place_to_come_back_to(listening: Service) -> None:
    with Viewing(listening, type="nothing.*") as viewing:
        blocks = viewing.blocks()
        next(blocks)
        began = int(viewing.last_id)
        send(listening, events(7))
        event, block = next(blocks)
        assert (event, block) == ("", [": still here", f"id: {began + 7}"])


@pytest.mark.parametrize(
    ("query", "headers", "where"),
    [
        ("", {}, "log"),
        ("log=", {}, "log"),
        ("log=facts", {}, "log"),
        ("log=cdevents&log=cloudevents", {}, "log"),
        ("log=cdevents&since=1", {}, "since"),
        ("log=cdevents&after=-1", {}, "after"),
        ("log=cdevents&after=1&after=2", {}, "after"),
        ("log=cdevents&type=", {}, "type"),
        ("log=cdevents&source=" + "x" * 1001, {}, "source"),
        ("log=cdevents&tenant=a%00", {}, "tenant"),
        ("log=cdevents", {"Last-Event-ID": "x"}, "last-event-id"),
        ("log=cdevents", {"Last-Event-ID": "9" * 30}, "last-event-id"),
    ],
)
def test_what_makes_no_sense_is_refused(
    listening: Service, query: str, headers: dict[str, str], where: str
) -> None:
    answer = listening.request("GET", f"/v1/live?{query}", headers=headers)
    assert answer.status == 400
    assert answer.json["where"] == where
