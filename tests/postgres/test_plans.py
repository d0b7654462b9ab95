"""The plans of the hot queries: each by its index, on tables of a size where it matters.

The queries are the program's own, caught on their way to the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar
from uuid import uuid4

import psycopg
import pytest
from psycopg import Cursor, Rollback
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import Identifier

from streamgauge.lineage import lineage
from streamgauge.lists import ListQuery
from streamgauge.metrics import Changed, MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import asking
from streamgauge.projections.derived_tables import tables_of
from streamgauge.replay.status import status
from streamgauge.stages.builds import current_line
from streamgauge.streams import causes
from streamgauge.streams.browse import browse, event_at
from streamgauge.streams.cloudevents_log import TABLE as LOG
from streamgauge.streams.cloudevents_log import CloudEventsLog
from streamgauge.streams.following import LOGS, FollowedLog
from streamgauge.streams.recorder import Columns, Row
from tests.conftest import fresh_database
from tests.helpers import START, rows, stages

EVENTS, SERVICES = 60_000, 200
CDEVENTS, FACTS = "cdevents_events__1", "deployments__1"
LETTERS = "dead_letters"
LINKS = {
    f"{table}__1"
    for table in ("changes", "change_keys", "deployment_commits", "steps", "change_links")
}
BIG = {LOG, CDEVENTS, FACTS, "commits__1", LETTERS, *LINKS}

Plan = dict[str, Any]


class Explaining(psycopg.Cursor[Any]):
    """Keeps the plan of each query that it sends, made with its parameters and settings."""

    plans: ClassVar[list[Plan]] = []

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else query
        text = text if isinstance(text, str) else text.as_string(self)
        # Files of statements begin with what they are for.
        said = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        if said.split(None, 1)[0].lower() in ("select", "insert", "with", "delete"):
            self._explain(text, params)
        return super().execute(query, params, **more)

    def _explain(self, text: str, params: Any) -> None:
        beside: psycopg.Cursor[Any] = psycopg.Cursor(self.connection, row_factory=tuple_row)
        beside.execute(f"explain (format json) {text}".encode(), params, prepare=False)
        self.plans.extend(nodes(beside.fetchone()[0][0]["Plan"]))  # type: ignore[index]


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def scans(plans: Sequence[Plan]) -> set[tuple[str, str]]:
    """How the big tables are read: for each the index, or that it is read from end to end."""
    tables = {plan["Relation Name"] for plan in plans if "Relation Name" in plan} & BIG
    found = {
        (plan["Relation Name"], plan["Node Type"])
        for plan in plans
        if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in tables
    }
    found |= {
        (plan.get("Relation Name", "by bitmap"), plan["Index Name"])
        for plan in plans
        if "Index Name" in plan
    }
    return {(table, how) for table, how in found if table in BIG or table == "by bitmap"}


@pytest.fixture(scope="module")
def filled(server_url: str, plugins: Plugins) -> Iterator[Database]:
    """A year of 60,000 pushes and deployments of 200 services, in every table, with statistics."""
    with fresh_database(server_url) as url, Database(url, role="test", pool_size=1) as database:
        with database.transaction() as cursor:
            cursor.execute(FILL_LOGS.encode())
        _, *derived = stages(database, plugins)
        for stage in derived:
            with database.transaction() as cursor:
                build = stage.begin(cursor, "current")
                stage.complete(cursor, build)
                if stage.name == "delivery":
                    cursor.execute(FILL_FACTS.encode())
                    cursor.execute("analyze")
                    stage.positions.jump(cursor, build.reader, upto=EVENTS)
            stage.advance(build)
        with database.connect() as conn:
            conn.execute("vacuum analyze")
        yield database


@pytest.fixture
def big(filled: Database) -> Iterator[Database]:
    """The same over connections that explain what is sent over them."""
    with Database(filled.url, role="test", pool_size=2) as database:
        database.datastore.pool.kwargs["cursor_factory"] = Explaining
        database.datastore.pool.open()
        Explaining.plans.clear()
        yield database


# One that is both a CloudEvent and a CDEvent.
STATE = json.dumps(
    {
        "id": "#",
        "source": "/s",
        "type": "t",
        "context": {"id": "#", "source": "/s", "type": "t", "timestamp": "2026-03-01T12:00:00Z"},
        "subject": {"id": "service"},
        "more": "x" * 200,
    }
)
FILL_LOGS = f"""
insert into cloudevents_events (tenant, originator_id, originator_version, topic, state,
                                notification_id)
select 'default', gen_random_uuid(), 1, 'dev.cdevents.service.deployed.0.3.0',
       convert_to(replace('{STATE}', '#', n::text), 'UTF8'), n
from generate_series(1, {EVENTS}) as n;
insert into cdevents_events__1 (tenant, originator_id, originator_version, topic, state,
                                notification_id, recorded_at, cause, transformer)
select tenant, originator_id, originator_version, topic, state, notification_id, recorded_at,
       notification_id, 'cdevents 1' from cloudevents_events;
update streamgauge_tracking set notification_id = {EVENTS} where application_name = 'cdevents@1';
insert into dead_letters (tenant, dead_letter_id, processor, position, event_source, event_id,
                          event_type, handler, handler_version, reason, state)
select 'default', gen_random_uuid(), 'delivery@1', n, '/s', 'e' || n, 't', 'h', '1', 'r',
       case when n % 1000 = 0 then 'queued' else 'done' end
from generate_series(1, {EVENTS}) as n;
"""

# Each commit is pushed to its service's repository, and deployed three minutes later.
FILL_FACTS = f"""
insert into deployments__1 (tenant, deployment_id, service, environment, artifact_id, kind, outcome,
                            finished_at, commit_sha, repository, event_source, event_id, position)
select tenant, originator_id, 'service-' || notification_id % {SERVICES}, 'production', 'pkg:x',
       'deploy', 'success', timestamptz '2026-01-01' + notification_id * interval '8 minutes',
       lpad(to_hex(notification_id), 40, '0'),
       'git.example/acme/' || notification_id % {SERVICES}, '/s', originator_id::text,
       notification_id
from cdevents_events__1;
insert into commits__1 (tenant, repository, branch, sha, key, place, pushed, pushed_at, authored_at,
                        forced, is_merge, event_key, position)
select tenant, 'git.example/acme/' || notification_id % {SERVICES}, 'main',
       lpad(to_hex(notification_id), 40, '0'),
       extract(epoch from pushed_at)::bigint * 1000 * 4096, 0, true, pushed_at, pushed_at, false,
       false, gen_random_uuid(), notification_id
from (
    select *, timestamptz '2026-01-01' + notification_id * interval '8 minutes'
              - interval '3 minutes' as pushed_at
    from cdevents_events__1
) e
"""


def some_rows(count: int) -> list[Row]:
    return [Row("default", uuid4(), "t", b"{}") for _ in range(count)]


def some_columns(count: int) -> Columns:
    return [uuid4() for _ in range(count)], ["t"] * count, [b"{}"] * count


@pytest.mark.parametrize("batch", [1, 100, 1000])
def test_an_append_finds_what_is_known_and_the_head_by_index(big: Database, batch: int) -> None:
    log = CloudEventsLog(big)
    with big.transaction() as cursor:
        log.recorder.append(cursor, some_rows(batch))
        log.recorder.existing(cursor, [row.key for row in some_rows(batch)])
    assert scans(Explaining.plans) == {
        (LOG, "cloudevents_events_pkey"),
        (LOG, "cloudevents_events_notification_id_idx"),
    }


@pytest.mark.parametrize("batch", [1, 100, 1000])
def test_an_append_of_what_is_all_new_reads_the_head_and_nothing_else(
    big: Database, batch: int
) -> None:
    with big.connection() as conn:
        CloudEventsLog(big).recorder.append_new(conn, [some_columns(batch)], "default")
    assert scans(Explaining.plans) == {(LOG, "cloudevents_events_notification_id_idx")}


@pytest.mark.parametrize("after", [0, EVENTS // 2, EVENTS - 3])
def test_a_page_is_read_by_position(big: Database, after: int) -> None:
    with big.transaction() as cursor:
        CloudEventsLog(big).recorder.page(cursor, after=after, limit=1000, max_bytes=2**25)
    assert scans(Explaining.plans) == {(LOG, "cloudevents_events_notification_id_idx")}


def test_the_head_is_read_by_position(big: Database) -> None:
    with big.transaction() as cursor:
        CloudEventsLog(big).recorder.head(cursor)
    assert scans(Explaining.plans) == {(LOG, "cloudevents_events_notification_id_idx")}


def test_a_range_is_read_by_position(big: Database) -> None:
    with big.transaction() as cursor:
        recorder = CloudEventsLog(big).recorder
        lists = recorder.scan(
            cursor, after=20_000, upto=26_000, topics=[], starts=["dev.cdevents."], max_bytes=10**9
        )
        assert [len(rows) for rows in lists] == [5000, 1000]
    assert scans(Explaining.plans) == {(LOG, "cloudevents_events_notification_id_idx")}


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("cursor", [None, EVENTS // 2])
@pytest.mark.parametrize("log", [LOG, "cdevents_events"])
def test_a_log_is_browsed_by_position(
    big: Database, log: str, cursor: int | None, newest_first: bool
) -> None:
    browse(big, log, cursor=cursor, limit=50, newest_first=newest_first)
    with big.transaction() as db:
        event_at(db, log, 77)
    table = LOG if log == LOG else CDEVENTS
    ((found, index),) = scans(Explaining.plans)
    assert found == table
    assert index.startswith("cdevents_events__1_notification" if log != LOG else f"{LOG}_notif")


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_followed_by_position(big: Database, name: str) -> None:
    log = FollowedLog(big, LOGS[name])
    log.head()
    assert len(log.page(EVENTS // 2, limit=500, max_bytes=2**20).events) == 500
    ((found, index),) = scans(Explaining.plans)
    assert found == (LOG if name == "cloudevents" else CDEVENTS)
    assert index.endswith("_notification_id_idx")


YEAR_OF_ONE = MetricQuery.parse(
    {"from": ["2026-01-01"], "to": ["2027-01-01"], "service": ["service-7"]}, now=START
)


def test_a_year_of_one_service_is_read_by_the_hash_of_its_name(
    big: Database, plugins: Plugins
) -> None:
    found = answer(big, plugins, "deployment_frequency", YEAR_OF_ONE)
    assert found["n"] == EVENTS // SERVICES
    # Of the two that have it, either: the year is all that there is. Its last hours are read apart,
    # and may be by the time.
    used = {columns(big, index) for _, index in scans(Explaining.plans)}
    assert any("hashtextextended(service, 0)" in each for each in used)
    assert all("hashtextextended(service, 0)" in each or each == "finished_at" for each in used)


def test_the_lead_time_of_one_service_is_read_of_its_own_changes(
    big: Database, plugins: Plugins
) -> None:
    found = answer(big, plugins, "change_lead_time", YEAR_OF_ONE)
    # The first deployment says nothing of what was there before.
    assert (found["n"], found["value"]) == (EVENTS // SERVICES - 1, 180)
    assert "Seq Scan" not in {how for _, how in scans(Explaining.plans)}


@pytest.mark.parametrize("new", ["deployment", "push"])
def test_links_of_what_is_new_are_made_by_index(big: Database, plugins: Plugins, new: str) -> None:
    stage = stages(big, plugins).derived["links"]
    with big.transaction() as cursor:
        cursor.execute(NEW[new].encode())
        Explaining.plans.clear()
        stage.item.refresh(
            cursor,
            tables_of(stage.tiers, current_line(cursor, stage.name)),
            Changed(EVENTS, EVENTS + 1),
            stage.definition(),
        )
        cursor.execute(f"select count(*) from {NEW_ROW[new]}".encode())
        assert cursor.fetchone() == (1,)
        found = scans(Explaining.plans)
        raise Rollback
    assert "Seq Scan" not in {how for _, how in found}, found
    assert '"position"' in {columns(big, how) for table, how in found if table in BIG}


# The tables are read by others too: what is new goes again with the transaction.
NEW = {
    "deployment": f"""
insert into deployments__1
select (r).* from (
    select jsonb_populate_record(d, jsonb_build_object(
        'deployment_id', gen_random_uuid(), 'position', {EVENTS} + 1,
        'finished_at', d.finished_at + interval '1 year',
        'event_id', 'new')) as r
    from deployments__1 d where position = 100
) n
""",
    "push": f"""
insert into commits__1
select (r).* from (
    select jsonb_populate_record(c, jsonb_build_object(
        'event_key', gen_random_uuid(), 'position', {EVENTS} + 1, 'sha', repeat('f', 40),
        'key', c.key + 1)) as r
    from commits__1 c where position = 100
) n
""",
}
NEW_ROW = {
    "deployment": "deployment_commits__1 l join deployments__1 d using (deployment_id)"
    " where d.event_id = 'new'",
    "push": "changes__1 where commit_sha = repeat('f', 40)",
}


def test_open_dead_letters_are_found_by_the_index_of_those_that_are_open(
    big: Database, plugins: Plugins
) -> None:
    with big.transaction() as cursor:
        assert len(dead_letters.queued(cursor, "delivery@1")) == EVENTS // 1000
        dead_letters.skipped(cursor, "delivery@1", after=EVENTS // 2)
        dead_letters.unblock(cursor, "delivery@1", after=1, upto=EVENTS)
        status(cursor, stages(big, plugins))
    letters = {how for table, how in scans(Explaining.plans) if table in (LETTERS, "by bitmap")}
    assert letters == {"dead_letters_open"}


def test_a_page_of_dead_letters_is_read_of_those_that_are_open(big: Database) -> None:
    found, following = asking.page(big, ListQuery.parse({"limit": ["20"]}, asking.FILTERS))
    assert len(found) == 20
    again = ListQuery.parse({"cursor": [str(following)]}, asking.FILTERS)
    rest, end = asking.page(big, again)
    assert (len(rest), end) == (EVENTS // 1000 - 20, None)
    asking.shown(big, "default", str(rest[0].dead_letter_id))
    letters = {how for table, how in scans(Explaining.plans) if table in (LETTERS, "by bitmap")}
    assert letters == {"dead_letters_open", "dead_letters_pkey"}


@pytest.mark.parametrize("position", [1, EVENTS // 2, EVENTS])
def test_lineage_looks_up_each_event_and_each_cause(
    big: Database, plugins: Plugins, position: int
) -> None:
    ((key,),) = rows(
        big,
        "select originator_id::text from cloudevents_events where notification_id = %s",
        position,
    )
    Explaining.plans.clear()
    found = lineage(big, plugins, "default", key)
    assert found["what"] == ["cloudevents", "cdevents", "delivery"]
    assert len(found["dead_letters"]) == (position % 1000 == 0)
    assert {how for _, how in scans(Explaining.plans)} == LOOKUPS


def test_as_many_events_as_an_answer_has_are_looked_up_by_index(big: Database) -> None:
    found = rows(big, "select originator_id from cdevents_events where notification_id <= 5000")
    keys = [key for (key,) in found]
    Explaining.plans.clear()
    with big.transaction() as cursor:
        made, more = causes.made(
            cursor, Identifier(CDEVENTS), "default", keys, limit=1000, max_bytes=2**25
        )
        positions = [each.position for each in made]
        letters = dead_letters.of_events(cursor, "default", "delivery@1", positions)
    assert (len(made), more, len(letters)) == (1000, True, 1)
    assert {how for _, how in scans(Explaining.plans)} == {
        "cdevents_events__1_pkey",
        "cloudevents_events_notification_id_idx",
        "dead_letters_open",
    }


LOOKUPS = {
    "cloudevents_events_pkey",
    "cloudevents_events_notification_id_idx",
    "cdevents_events__1_pkey",
    "cdevents_events__1_cause_idx",
    "deployments__1_pkey",
    "commits__1_sha_repository_idx",
    "commits__1_repository_branch_key_idx",
    "dead_letters_open",
}


def columns(database: Database, index: str) -> str:
    """What an index is on."""
    with database.transaction() as cursor:
        cursor.execute("select pg_get_indexdef(%s::regclass)", (index,))
        row = cursor.fetchone()
    assert row is not None
    return str(row[0]).partition("USING btree (")[2].rpartition(")")[0].replace("(0)::bigint", "0")


@pytest.mark.parametrize("statistics", [False, True], ids=["without statistics", "analyzed"])
def test_plans_that_were_made_while_the_log_was_short_are_good_when_it_is_long(
    database_url: str, statistics: bool
) -> None:
    """A prepared statement keeps its plan until the next ANALYZE. Each is made at its worst here:
    without its parameters, of a log that has a few rows."""
    with Database(database_url, role="test", pool_size=1) as database:
        log = CloudEventsLog(database)
        with database.transaction() as cursor:
            cursor.execute("alter table cloudevents_events set (autovacuum_enabled = off)")
            log.recorder.append(cursor, some_rows(60))
            if statistics:
                cursor.execute("analyze cloudevents_events")
            cursor.execute("set plan_cache_mode = force_generic_plan")
        for _ in range(10):
            with database.transaction() as cursor:
                hot_queries(cursor, log)
        with database.transaction() as cursor:
            log.recorder.append(cursor, some_rows(20_000))
        with database.transaction() as cursor:
            found = {query: scans(plans) for query, plans in kept_plans(cursor, LOG)}
    read = {query: how for query, how in found.items() if how}
    assert len(read) == 4  # a page has a plan of its own each time
    assert {how for hows in read.values() for _, how in hows} == {
        "cloudevents_events_pkey",
        "cloudevents_events_notification_id_idx",
    }, read


def hot_queries(cursor: Cursor[TupleRow], log: CloudEventsLog) -> None:
    appended = some_rows(3)
    log.recorder.append(cursor, appended)
    log.recorder.append_new(cursor.connection, [some_columns(3)], "default")
    log.recorder.existing(cursor, [row.key for row in appended])
    log.recorder.page(cursor, after=3, limit=100, max_bytes=2**25)
    log.recorder.head(cursor)


def kept_plans(cursor: Cursor[TupleRow], table: str) -> Iterator[tuple[str, list[Plan]]]:
    """The plans that the connection keeps of the queries that name a table."""
    cursor.execute(
        "select name, cardinality(parameter_types), statement from pg_prepared_statements"
        " where generic_plans > 0 and statement not like 'NOTIFY%%'",
        prepare=False,
    )
    for name, count, query in cursor.fetchall():
        if table in query:
            given = f"({', '.join(['null'] * count)})" if count else ""
            cursor.execute(f"explain (format json) execute {name}{given}".encode(), prepare=False)
            row = cursor.fetchone()
            assert row is not None
            yield query, list(nodes(row[0][0]["Plan"]))
