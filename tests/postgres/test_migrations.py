"""From the previous schema to this one, with data; and from the log alone to everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg import Cursor

from streamgauge import json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import SchemaError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import _MIGRATION_LOCK, LOCK_CLASS, migrate, migrations
from streamgauge.projections import Projection, Tables, copy_rows
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity
from tests.faults.test_nine_faults import rollout
from tests.helpers import (
    METRICS,
    START,
    a_deployment,
    an_event,
    drain,
    plugins_with,
    processors,
    replay,
    rows,
)
from tests.service import Service, eventually

EVENTS = 40


def without_tables(database: Database) -> None:
    """As an operator might: every table but the log of CloudEvents."""
    with database.transaction() as cursor:
        cursor.execute(
            "select format('drop table %I cascade', relname) from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " and relname <> 'cloudevents_events'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement.encode())


class Delivery(Projection):
    """Facts under the name that they have since the third schema; the tables keep theirs."""

    name = "delivery"
    version = 2
    event_kinds = frozenset({"service.deployed"})
    tables: Sequence[str] = ("deployments",)
    schema = (
        "create table {deployments} (tenant text not null, deployment_id uuid not null,"
        " position bigint not null, primary key (tenant, deployment_id))"
    )
    views: Mapping[str, str] = {"deployments": "select tenant, deployment_id from {deployments}"}

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        columns = (("tenant", "text"), ("deployment_id", "uuid"), ("position", "bigint"))
        found = [(event.tenant, event.key, event.position) for event in events]
        copy_rows(cursor, tables["deployments"], columns, found)


def with_schema(cursor: Cursor[Any], last: int) -> None:
    """Nothing but the tables that the first migrations make."""
    cursor.execute("drop schema public cascade; create schema public")
    cursor.execute(
        "create table schema_migrations (number int primary key, name text not null,"
        " checksum text not null, applied_at timestamptz not null default now())"
    )
    for migration in migrations()[:last]:
        cursor.execute(migration.sql.encode())
        cursor.execute(
            "insert into schema_migrations (number, name, checksum) values (%s, %s, %s)",
            (migration.number, migration.name, migration.checksum),
        )


@pytest.fixture
def old(database: Database) -> Iterator[Database]:
    """A database of the first schema, with events in both logs, facts and dead letters."""
    with database.transaction() as cursor:
        with_schema(cursor, 1)
        for number in range(1, EVENTS + 1):
            cdevent = a_deployment(number)
            event = in_cloudevent(cdevent)
            for table, state in (
                ("cloudevents_events", event.state),
                ("cdevents_events", json_codec.encode(cdevent.document)),
            ):
                cursor.execute(
                    f"insert into {table} (originator_id, originator_version, topic, state)"
                    " values (%s, 1, %s, %s)".encode(),
                    (identity(event.source, event.id), event.type, state),
                )
        cursor.execute(
            "insert into streamgauge_tracking values ('router', %s), ('deployments@1', %s)",
            (EVENTS, EVENTS),
        )
        cursor.execute("insert into projection_builds values ('deployments', 1, 1, 'current')")
        cursor.execute(
            "create table deployments__1 (tenant text not null, deployment_id uuid not null)"
        )
        cursor.execute("create view deployments as select * from deployments__1")
        cursor.execute(
            "insert into transformer_states values"
            " ('default', 'kubernetes', gen_random_uuid(), 'uid-1', '{}', 3)"
        )
        cursor.execute(
            "insert into dead_letters (tenant, dead_letter_id, processor, position, event_source,"
            " event_id, event_type, handler, handler_version, reason) values"
            " ('default', gen_random_uuid(), 'router', 3, '/s', 'i', 't', 'h', '1', 'r')"
        )
    yield database


def test_the_first_schema_is_brought_up_with_all_that_is_in_it(old: Database) -> None:
    log = "select originator_id, notification_id, state from cdevents_events order by 2"
    before = rows(old, log)
    assert migrate(old) == [f"{each.number:04d}_{each.name}" for each in migrations()[1:]]
    assert rows(old, log) == before
    assert rows(old, "select count(*) from cdevents_raw") == [(EVENTS,)]
    assert rows(old, "select stage, build, source_build, state from builds order by 1") == [
        ("cdevents", 1, None, "current"),
        ("delivery", 1, 1, "current"),
    ]
    assert rows(
        old,
        "select application_name, notification_id from streamgauge_tracking"
        " where application_name like '%%@%%' order by 1",
    ) == [("cdevents@1", EVENTS), ("delivery@1", EVENTS)]
    assert rows(old, "select build from transformer_states") == [(1,)]
    assert rows(old, "select processor from dead_letters") == [("cdevents@1",)]


def test_every_build_of_the_log_is_given_the_index_of_causes(
    database: Database, plugins: Plugins
) -> None:
    replay(database, plugins, "cdevents")
    indexed = (
        "select tablename, indexname from pg_indexes where indexdef like '%%(cause)' order by 1"
    )
    found = rows(database, indexed)
    assert [table for table, _ in found] == ["cdevents_events__1", "cdevents_events__2"]
    (again,) = [migration for migration in migrations() if migration.name == "causes"]
    with database.transaction() as cursor:
        cursor.execute("drop index cdevents_events__1_cause_idx, cdevents_events__2_cause_idx")
        cursor.execute(again.sql.encode())
    assert rows(database, indexed) == found


def test_what_an_older_version_folded_is_made_anew_and_goes_on(
    old: Database, plugins: Plugins
) -> None:
    migrate(old)
    mine = plugins_with(projections=[Delivery()])
    mine.transformers, mine.routes = plugins.transformers, plugins.routes  # type: ignore[method-assign]
    drain(*processors(old, mine))
    assert rows(old, "select count(*) from deployments") == [(0,)]  # it stands still
    replay(old, mine, "delivery")
    assert rows(old, "select count(*) from deployments") == [(EVENTS,)]
    CloudEventsLog(old).append([in_cloudevent(a_deployment(EVENTS + 1)), an_event(1)])
    drain(*processors(old, mine))
    assert rows(old, "select count(*) from deployments") == [(EVENTS + 1,)]
    assert rows(old, "select max(notification_id) from cloudevents_events") == [(EVENTS + 2,)]


RESULT = {
    "action": "replay",
    "builds": [{"stage": "deployments", "build": 7, "replaced": 6}],
    "broken": {"deployments": 'ValueError: no "deployments": none'},
}


@pytest.fixture
def previous(database: Database) -> Database:
    """A database of the second schema, in which everything that can names the deployments."""
    with database.transaction() as cursor:
        with_schema(cursor, 2)
        cursor.execute(
            "insert into builds (stage, build, source, source_build, version, definition, state)"
            " values ('deployments', 6, 'cdevents', 1, 2, null, 'replaced'),"
            " ('deployments', 7, 'cdevents', 1, 2, null, 'current'),"
            " ('deployments', 8, 'cdevents', 1, 2, null, 'building'),"
            " ('deployment_frequency', 3, 'deployments', 7, 1, '{\"name\": \"x\"}', 'current')"
        )
        cursor.execute(
            "insert into build_numbers values ('deployments', 8), ('deployment_frequency', 3)"
        )
        cursor.execute("insert into build_ranges values ('deployments', 8, 0, 50)")
        cursor.execute(
            "insert into streamgauge_tracking (application_name, notification_id) values"
            " ('deployments@6', 40), ('deployments@7', 50), ('deployment_frequency@3', 50)"
        )
        cursor.execute(
            "insert into dead_letters (tenant, dead_letter_id, processor, position, event_source,"
            " event_id, event_type, handler, handler_version, reason) values"
            " ('default', gen_random_uuid(), 'deployments@7', 3, '/s', 'i', 't', 'deployments',"
            "  '2', 'r'),"
            " ('default', gen_random_uuid(), 'cdevents@1', 3, '/s', 'i', 't', 'h', '1', 'r')"
        )
        cursor.execute(
            "insert into replays (stage, action, asked_by, state, step, result) values"
            " ('deployments', 'replay', 'command', 'done', 'deployments', %s),"
            " ('deployment_frequency', 'compare', 'api', 'queued', null, null)",
            (json_codec.encode(RESULT).decode(),),
        )
        cursor.execute("create table deployments__7 (tenant text not null)")
    return database


def test_everything_that_names_the_deployments_names_the_delivery(previous: Database) -> None:
    assert migrate(previous) == [f"{each.number:04d}_{each.name}" for each in migrations()[2:]]

    def column(query: str) -> list[Any]:
        return [value for (value,) in rows(previous, query)]

    assert rows(previous, "select stage, build, source from builds order by 1, 2") == [
        ("cdevents", 1, None),
        ("delivery", 6, "cdevents"),
        ("delivery", 7, "cdevents"),
        ("delivery", 8, "cdevents"),
        ("deployment_frequency", 3, "delivery"),
    ]
    assert rows(previous, "select * from build_numbers order by 1") == [
        ("cdevents", 1),
        ("delivery", 8),
        ("deployment_frequency", 3),
    ]
    assert column("select stage from build_ranges") == ["delivery"]
    readers = column("select application_name from streamgauge_tracking order by 1")
    assert [reader for reader in readers if "@" in reader] == [
        "cdevents@1",
        "delivery@6",
        "delivery@7",
        "deployment_frequency@3",
    ]
    assert rows(previous, "select processor, handler from dead_letters order by 1") == [
        ("cdevents@1", "h"),
        ("delivery@7", "delivery"),
    ]
    assert rows(previous, "select stage, step from replays order by 1") == [
        ("delivery", "delivery"),
        ("deployment_frequency", None),
    ]
    assert column("select result from replays where result is not null") == [
        {
            "action": "replay",
            "builds": [{"stage": "delivery", "build": 7, "replaced": 6}],
            "broken": {"delivery": 'ValueError: no "deployments": none'},
        }
    ]
    assert column("select to_regclass('deployments__7')::text") == ["deployments__7"]


def test_the_log_of_before_there_were_archives_is_all_there(database: Database) -> None:
    event = in_cloudevent(a_deployment(1))
    with database.transaction() as cursor:
        with_schema(cursor, 7)
        cursor.execute(
            "insert into cloudevents_events (originator_id, originator_version, topic, state,"
            " notification_id) values (%s, 1, %s, %s, 1)",
            (identity(event.source, event.id), event.type, event.state),
        )
        cursor.execute("create view mine as select event_id, content from cloudevents_raw")
    assert migrate(database) == ["0008_archive"]
    assert rows(database, "select event_id, content ->> 'id', archived from cloudevents_raw") == [
        (1, event.id, None)
    ]
    assert rows(database, "select event_id from mine") == [(1,)]  # views of others stay
    assert [each.position for each in CloudEventsLog(database).append([event, an_event(2)])] == [
        1,
        2,
    ]


def test_who_has_waited_for_the_migrations_finds_them_done(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    with ThreadPoolExecutor() as threads:
        with database.transaction() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, _MIGRATION_LOCK))
            waiting = [threads.submit(migrate, database) for _ in range(2)]
            eventually(lambda: rows(database, "select from pg_locks where not granted") == [(), ()])
        applied = sorted(len(each.result()) for each in waiting)
    assert applied == [0, len(migrations())]


def test_a_lost_list_of_migrations_is_no_reason_to_drop_anything(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("drop table schema_migrations")
    with pytest.raises(SchemaError, match="drop every table but cloudevents_events"):
        migrate(database)


PATHS = (
    "/v1/metrics/deployment_frequency?from=2026-01-01&to=2026-06-01&group_by=service,environment",
    "/v1/metrics/deployment_frequency?from=2026-01-01&to=2026-06-01&interval=day&tz=Asia/Kathmandu",
    *(f"/v1/metrics/{metric}?from=2026-01-01&to=2026-06-01&group_by=service" for metric in METRICS),
    "/v1/metrics/change_lead_time?from=2026-01-01&to=2026-06-01&definition=pelorus",
    "/v1/metrics/change_fail_rate/explain?from=2026-01-01&to=2026-06-01",
    "/v1/deployments?limit=100",
    "/v1/events/cdevents?limit=1000",
    "/v1/events/cdevents?limit=1000&order=desc",
    "/v1/events/cloudevents?limit=1000",
    "/deploy-frequency/week",
)
VIEWS = ("deployments", "deployment_attempts", "cdevents_raw", "cloudevents_raw")


def answers(service: Service, url: str) -> dict[str, Any]:
    found: dict[str, Any] = {path: service.get(path).body for path in PATHS}
    with Database(url) as database:
        for view in VIEWS:
            found[view] = sorted(rows(database, f"select v::text from {view} v"))
    return found


@pytest.mark.slow
def test_the_log_alone_gives_byte_identical_answers(database_url: str, plugins: Plugins) -> None:
    """With redeliveries, stateful transformers and a replay before: none of it shows."""
    events = [in_cloudevent(a_deployment(n, service=f"s{n % 3}")) for n in range(60)]
    events += [rollout(n, n, START, image=f"registry.example/web:1.{n % 3}") for n in range(1, 9)]
    with Service.running(database_url) as service:
        for event in [*events, *events[:10]]:
            assert service.send(event).status == 202
        service.settle()
        with Database(database_url) as database:
            replay(database, plugins, "delivery")
        before = answers(service, database_url)
    assert "s1" in str(before)
    with Database(database_url) as database:
        without_tables(database)
    with Service.running(database_url) as service:
        service.settle()
        assert answers(service, database_url) == before
