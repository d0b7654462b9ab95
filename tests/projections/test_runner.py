"""The batch runner: position and rows together, poison parked, replicas harmless."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from psycopg import Cursor
from psycopg.sql import SQL

from streamgauge import cdevents
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.projections import Projection, Tables
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.positions import PositionMoved
from tests.helpers import START, a_deployment, append_cdevents, drain, facts, rows


class Sums(Projection):
    """Counts deployments by service; refuses the services that it is told to."""

    name = "sums"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables: Sequence[str] = ("sums",)
    schema = "create table {sums} (tenant text, service text, n int, primary key (tenant, service))"
    views: Mapping[str, str] = {"sums": "select service, n from {sums}"}

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.batches: list[int] = []

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        self.batches.append(len(events))
        for recorded in events:
            cursor.execute(
                SQL(
                    "insert into {0} values (%s, %s, 1) on conflict (tenant, service)"
                    " do update set n = {0}.n + 1"
                ).format(tables["sums"]),
                (recorded.tenant, recorded.event.subject_id),
            )
            if recorded.event.subject_id in self.refused:
                raise ValueError(f"no {recorded.event.subject_id}")


def sums(database: Database) -> dict[str, int]:
    return dict(rows(database, "select service, n from sums"))


def test_events_of_other_kinds_move_the_position_only(database: Database) -> None:
    append_cdevents(
        database,
        [a_deployment(1), a_deployment(2, kind="service.upgraded"), a_deployment(3)],
    )
    projection = Sums()
    drain(facts(database, projection))
    assert sums(database) == {"shop": 2}
    assert projection.batches == [2]


class Seen(Sums):
    """Keeps the events as it got them."""

    event_kinds = frozenset({"service.deployed", "testsuiterun.finished"})

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        self.events = list(events)
        super().apply(cursor, tables, events)


def test_projections_see_the_newest_form_of_what_old_tools_sent(database: Database) -> None:
    old = [cdevents.rewrite(a_deployment(0), "0.1.2"), cdevents.rewrite(a_deployment(1), "0.2.0")]
    old.append(
        cdevents.testsuiterun.finished(
            id="run",
            source="/t",
            timestamp=START,
            subject_id="suite",
            environment="test",
            outcome="success",
            release="0.3.0",
        )
    )
    append_cdevents(database, old)
    projection = Seen()
    drain(facts(database, projection))
    got = [recorded.event for recorded in projection.events]
    assert [event.type for event in got] == [
        "dev.cdevents.service.deployed.0.3.0",
        "dev.cdevents.service.deployed.0.3.0",
        "dev.cdevents.testsuiterun.finished.0.3.0",
    ]
    assert {event.document["context"]["specversion"] for event in got} == {"0.5.1"}
    assert got[:2] == [a_deployment(0), a_deployment(1)]
    assert got[2].content["outcome"] == "success"
    assert [event.original for event in got] == old


def test_a_dead_letter_names_the_type_that_was_sent(database: Database) -> None:
    append_cdevents(database, [cdevents.rewrite(a_deployment(1), "0.1.2")])
    drain(facts(database, Sums("shop")))
    ((sent,),) = rows(database, "select event_type from dead_letters")
    assert sent == "dev.cdevents.service.deployed.0.1.0"


def test_a_poison_event_is_found_and_parked_and_all_others_count(database: Database) -> None:
    append_cdevents(
        database,
        [a_deployment(n, service="poison" if n in (5, 17) else "good") for n in range(40)],
    )
    drain(facts(database, Sums("poison")))
    assert sums(database) == {"good": 38}
    with database.transaction() as cursor:
        letters = dead_letters.listed(cursor)
    assert [(x.handler, x.event_id, x.reason) for x in sorted(letters, key=lambda x: x.position)]
    assert {x.event_id for x in letters} == {"deployment-5", "deployment-17"}
    assert {x.processor for x in letters} == {"sums@1"}
    assert {x.reason for x in letters} == {"ValueError: no poison"}


def test_a_value_too_long_for_an_index_is_the_events_trouble(database: Database) -> None:
    long = random.Random(1).randbytes(3000).hex()  # does not compress below an index's limit
    append_cdevents(database, [a_deployment(1), a_deployment(2, service=long), a_deployment(3)])
    drain(facts(database, Sums()))
    assert sums(database) == {"shop": 2}
    ((reason,),) = rows(database, "select reason from dead_letters")
    assert reason.startswith("ProgramLimitExceeded: index row")


class Exits(Sums):
    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        super().apply(cursor, tables, events)
        if any(recorded.event.subject_id == "exit" for recorded in events):
            raise SystemExit(3)


def test_a_projection_cannot_end_the_process(database: Database) -> None:
    append_cdevents(database, [a_deployment(1), a_deployment(2, service="exit"), a_deployment(3)])
    drain(facts(database, Exits()))
    assert sums(database) == {"shop": 2}
    assert rows(database, "select reason from dead_letters") == [("SystemExit: 3",)]


def test_a_parked_event_is_applied_once_on_retry(database: Database) -> None:
    append_cdevents(database, [a_deployment(1, service="poison"), a_deployment(2)])
    projection = Sums("poison")
    runner = facts(database, projection)
    drain(runner)
    projection.refused = ()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(runner)
    assert sums(database) == {"poison": 1, "shop": 1}
    assert rows(database, "select state from dead_letters") == [("done",)]


@pytest.mark.parametrize("page_size", [1, 3, 1000])
def test_pages_change_nothing(database: Database, page_size: int) -> None:
    append_cdevents(database, [a_deployment(n, service=f"s{n % 3}") for n in range(10)])
    drain(facts(database, Sums(), page_size=page_size))
    assert sums(database) == {"s0": 4, "s1": 3, "s2": 3}


def test_two_runners_at_once_count_nothing_twice(database: Database) -> None:
    append_cdevents(database, [a_deployment(n) for n in range(4)])
    drain(facts(database, Sums()))
    append_cdevents(database, [a_deployment(n) for n in range(4, 10)])
    slow, quick = facts(database, Sums()), facts(database, Sums())
    with pytest.raises(PositionMoved):
        with database.transaction() as cursor:
            since = slow.positions.position(cursor, "sums@1")
            quick.step()
            slow.positions.advance(cursor, "sums@1", since=since, upto=since + 6)
    assert sums(database) == {"shop": 10}


def test_a_database_error_is_not_the_events_fault(database: Database) -> None:
    class Broken(Sums):
        def apply(self, cursor: Cursor[Any], *_: Any) -> None:
            cursor.execute("select pg_terminate_backend(pg_backend_pid())")

    append_cdevents(database, [a_deployment(1)])
    with pytest.raises(Exception, match=r"terminating connection|closed"):
        facts(database, Broken()).step()
    database.forget_broken_connections()
    assert rows(database, "select count(*) from dead_letters") == [(0,)]
    drain(facts(database, Sums()))
    assert sums(database) == {"shop": 1}
