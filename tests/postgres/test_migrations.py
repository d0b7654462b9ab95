"""From the previous schema to this one, with data; and from the log alone to everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from streamgauge import json_codec
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import SchemaError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate, migrations
from streamgauge.streams.cloudevents_log import CloudEventsLog, identity
from tests.faults.test_nine_faults import rollout
from tests.helpers import START, a_deployment, an_event, drain, processors, replay, rows
from tests.service import Service

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


@pytest.fixture
def old(database: Database) -> Iterator[Database]:
    """A database of the first schema, with events in both logs, facts and dead letters."""
    with database.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
        cursor.execute(
            "create table schema_migrations (number int primary key, name text not null,"
            " checksum text not null, applied_at timestamptz not null default now())"
        )
        first = migrations()[0]
        cursor.execute(first.sql.encode())
        cursor.execute(
            "insert into schema_migrations (number, name, checksum) values (1, %s, %s)",
            (first.name, first.checksum),
        )
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


def test_the_first_schema_is_brought_up_with_all_that_is_in_it(
    old: Database, plugins: Plugins
) -> None:
    log = "select originator_id, notification_id, state from cdevents_events order by 2"
    before = rows(old, log)
    assert migrate(old) == [f"{each.number:04d}_{each.name}" for each in migrations()[1:]]
    assert rows(old, log) == before
    assert rows(old, "select count(*) from cdevents_raw") == [(EVENTS,)]
    assert rows(old, "select stage, build, source_build, state from builds order by 1") == [
        ("cdevents", 1, None, "current"),
        ("deployments", 1, 1, "current"),
    ]
    assert rows(
        old,
        "select application_name, notification_id from streamgauge_tracking"
        " where application_name like '%%@%%' order by 1",
    ) == [("cdevents@1", EVENTS), ("deployments@1", EVENTS)]
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
    drain(*processors(old, plugins))
    assert rows(old, "select count(*) from deployments") == [(0,)]  # it stands still
    replay(old, plugins, "deployments")
    assert rows(old, "select count(*) from deployments") == [(EVENTS,)]
    CloudEventsLog(old).append([in_cloudevent(a_deployment(EVENTS + 1)), an_event(1)])
    drain(*processors(old, plugins))
    assert rows(old, "select count(*) from deployments") == [(EVENTS + 1,)]
    assert rows(old, "select max(notification_id) from cloudevents_events") == [(EVENTS + 2,)]


def test_a_lost_list_of_migrations_is_no_reason_to_drop_anything(database: Database) -> None:
    with database.transaction() as cursor:
        cursor.execute("drop table schema_migrations")
    with pytest.raises(SchemaError, match="drop every table but cloudevents_events"):
        migrate(database)


PATHS = (
    "/v1/metrics/deployment_frequency?from=2026-01-01&to=2026-06-01&group_by=service,environment",
    "/v1/metrics/deployment_frequency?from=2026-01-01&to=2026-06-01&interval=day&tz=Asia/Kathmandu",
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
            replay(database, plugins, "deployments")
        before = answers(service, database_url)
    assert "s1" in str(before)
    with Database(database_url) as database:
        without_tables(database)
    with Service.running(database_url) as service:
        service.settle()
        assert answers(service, database_url) == before
