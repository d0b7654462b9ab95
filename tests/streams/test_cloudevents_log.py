"""Every event once by (tenant, source, id); a redelivery adds nothing; a conflict is kept out."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamgauge import new_event
from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome, identity
from tests.helpers import an_event, rows


def outcomes(log: CloudEventsLog, *events: Any, **more: Any) -> list[Outcome]:
    return [appended.outcome for appended in log.append(events, **more)]


def test_the_identity_is_the_uuid5_that_the_log_has_always_had() -> None:
    namespace = UUID("0f6f8d3e-52a5-5c2e-8a52-6f1b3c9f7d11")
    for source, event_id in [("/test", "1"), ("https://ci.example/ü", "\U0001f680"), ("", "\0")]:
        assert identity(source, event_id) == uuid5(namespace, f"{source}\0{event_id}")


def test_positions_follow_the_order_of_the_events(database: Database) -> None:
    appended = CloudEventsLog(database).append([an_event(n) for n in range(100)])
    positions = [a.position for a in appended]
    assert positions == sorted(set(positions))
    assert rows(database, "select event_id from cloudevents_raw order by event_id") == [
        (p,) for p in positions
    ]


def test_a_redelivery_adds_nothing_and_names_the_first_position(database: Database) -> None:
    log = CloudEventsLog(database)
    first = log.append([an_event(1)])[0]
    again = log.append([an_event(1)])[0]
    assert (again.outcome, again.position) == (Outcome.DUPLICATE, first.position)
    assert rows(database, "select count(*) from cloudevents_raw") == [(1,)]


def test_the_same_event_written_otherwise_is_a_redelivery(database: Database) -> None:
    log = CloudEventsLog(database)
    event = an_event(1)
    log.append([event])
    rewritten = type(event)(
        event.source,
        event.id,
        event.type,
        b'{ "data": {"number":1}, "type":"com.example.thing", "subject": null, "id":"event-1",'
        b' "source":"/test", "specversion":"1.0","datacontenttype":"application/json"}',
    )
    assert outcomes(log, rewritten) == [Outcome.DUPLICATE]


def test_other_content_under_the_same_id_is_kept_out_and_noted(database: Database) -> None:
    log = CloudEventsLog(database)
    log.append([an_event(1)])
    other = new_event(id="event-1", source="/test", type="com.example.thing", data={"number": 2})
    for _ in range(2):
        assert outcomes(log, other) == [Outcome.CONFLICT]
    assert rows(database, "select content->'data'->>'number' from cloudevents_raw") == [("1",)]
    assert rows(database, "select originator_id, state, times from conflicts") == [
        (identity("/test", "event-1"), other.state, 2)
    ]


def test_repetitions_and_conflicts_within_one_call(database: Database) -> None:
    other = new_event(id="event-1", source="/test", type="com.example.thing", data={"number": 2})
    log = CloudEventsLog(database)
    assert outcomes(log, an_event(1), an_event(1), other, an_event(3)) == [
        Outcome.NEW,
        Outcome.DUPLICATE,
        Outcome.CONFLICT,
        Outcome.NEW,
    ]


def test_positions_have_no_gaps_where_a_late_event_of_a_long_append_is_known(
    database: Database,
) -> None:
    CloudEventsLog(database).append([an_event(990)])
    appended = CloudEventsLog(database).append([an_event(n) for n in range(1000)])
    assert [a.position for a in appended] == [*range(2, 992), 1, *range(992, 1001)]
    assert [n for n, a in enumerate(appended) if a.outcome is not Outcome.NEW] == [990]


def test_redeliveries_leave_dead_rows_once_in_a_hundred_appends(database: Database) -> None:
    log = CloudEventsLog(database)
    log.append([an_event(0)])
    for number in range(1, 102):
        log.append([an_event(number), an_event(0)])
    # What was tried in vain has taken its places in the pages.
    pages = rows(
        database,
        "select max((ctid::text::point)[1])::int, count(*) from cloudevents_events"
        " group by (ctid::text::point)[0]",
    )
    assert sum(held for _, held in pages) == 102
    assert sum(places - held for places, held in pages) <= 4


def test_tenants_do_not_meet(database: Database) -> None:
    log = CloudEventsLog(database)
    assert outcomes(log, an_event(1), tenant="one") == [Outcome.NEW]
    assert outcomes(log, an_event(1), tenant="two") == [Outcome.NEW]


def test_nothing_is_too_long(database: Database) -> None:
    long = "x" * 100_000
    event = new_event(id=long, source=f"/{long}", type=f"com.{long}", subject=long, data=long)
    log = CloudEventsLog(database)
    assert outcomes(log, event, event) == [Outcome.NEW, Outcome.DUPLICATE]


def test_an_event_that_jsonb_could_not_hold_breaks_no_query(database: Database) -> None:
    log = CloudEventsLog(database)
    data = {"a": "\0\0|\\u0000|\\\0", "\0": "\\"}
    log.append([new_event(id="nul", source="/test", type="t", data=data), an_event(1)])
    assert rows(database, "select content ->> 'id', content -> 'data' from cloudevents_raw") == [
        ("nul", {"a": "\ufffd\ufffd|\\u0000|\\\ufffd", "\ufffd": "\\"}),
        ("event-1", {"number": 1}),
    ]
    (kept,) = rows(database, "select state from cloudevents_events where topic = 't'")
    assert json.loads(kept[0])["data"] == data


def test_an_unreachable_server_is_unavailable_not_an_accident() -> None:
    with Database("postgresql://nobody@127.0.0.1:1/none", checkout_seconds=0.2) as database:
        with pytest.raises(DatabaseUnavailable):
            CloudEventsLog(database).append([an_event(1)])


EVENTS = [
    new_event(id=f"{n % 5}", source="/test", type="t", data={"n": n % 5, "content": n // 5})
    for n in range(10)
]


@given(
    # Another writer has not met what this one knows, and tries whether all are new.
    batches=st.lists(st.tuples(st.lists(st.sampled_from(EVENTS), max_size=8), st.booleans()))
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_batches_keep_the_first_of_each_id(
    database: Database, batches: list[tuple[list[Any], bool]]
) -> None:
    with database.transaction() as cursor:
        cursor.execute("truncate cloudevents_events, conflicts")
    log = CloudEventsLog(database)
    expected: dict[str, bytes] = {}
    for batch, by_another in batches:
        log = CloudEventsLog(database) if by_another else log
        for event, appended in zip(batch, log.append(batch), strict=True):
            first = expected.setdefault(event.id, event.state)
            if appended.outcome is Outcome.NEW:
                assert first is event.state
            else:
                assert (appended.outcome is Outcome.DUPLICATE) == (first == event.state)
    stored = rows(
        database, "select notification_id, state from cloudevents_events order by notification_id"
    )
    assert Counter(bytes(state) for _, state in stored) == Counter(expected.values())
    assert [position for position, _ in stored] == list(range(1, len(expected) + 1))


def test_a_tailing_reader_skips_nothing_under_eight_writers(database: Database) -> None:
    """The trap that the library's fast insert mode falls into: 2 % of the events skipped."""
    writers, each = 8, 400
    log = CloudEventsLog(database)
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        position = 0
        while True:
            last_look = done.is_set()
            with database.transaction() as cursor:
                page = log.recorder.page(cursor, after=position, limit=100, max_bytes=10**9)
            seen.extend(row.position for row in page)
            position = page[-1].position if page else position
            if not page and last_look:
                return

    def write(writer: int) -> None:
        for n in range(0, each, 4):
            log.append([an_event(writer * each + n + i) for i in range(4)])

    reader = threading.Thread(target=read)
    reader.start()
    threads = [threading.Thread(target=write, args=(w,)) for w in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    assert len(seen) == len(set(seen)) == writers * each
    assert seen == sorted(seen)


def test_appends_do_not_wait_for_vacuum(database: Database) -> None:
    """The library's table lock conflicts with VACUUM's; the advisory lock does not."""
    log = CloudEventsLog(database)
    log.append([an_event(1)])
    with database.connect() as vacuum:
        vacuum.execute("begin")
        vacuum.execute("lock table cloudevents_events in share update exclusive mode")
        assert outcomes(log, an_event(2)) == [Outcome.NEW]
        vacuum.execute("rollback")


def test_a_page_ends_before_it_is_too_large_but_never_empty(database: Database) -> None:
    log = CloudEventsLog(database)
    log.append([new_event(id=f"{n}", source="/t", type="t", data="x" * 1000) for n in range(10)])
    with database.transaction() as cursor:
        pages = [
            len(log.recorder.page(cursor, after=0, limit=limit, max_bytes=max_bytes))
            for limit, max_bytes in ((100, 10**9), (3, 10**9), (100, 2500), (100, 1))
        ]
    assert pages == [10, 3, 3, 1]


def test_the_defaults_of_a_database_change_nothing(database: Database) -> None:
    """Under REPEATABLE READ an append would number from what it saw before it had the lock."""
    with database.connect() as conn:
        for name, value in (
            ("default_transaction_isolation", "'repeatable read'"),
            ("synchronous_commit", "off"),
        ):
            conn.execute(f"alter database {conn.info.dbname} set {name} = {value}".encode())
    with Database(database.url, pool_size=4) as other:
        assert rows(other, "show transaction_isolation") == [("read committed",)]
        assert rows(other, "show synchronous_commit") == [("on",)]
        log = CloudEventsLog(other)

        def write(writer: int) -> None:
            for n in range(40):
                log.append([an_event(1000 * writer + n)])

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        positions = rows(
            other, "select notification_id from cloudevents_events order by notification_id"
        )
        assert positions == [(n + 1,) for n in range(160)]
