"""Each role of Postgres runs its part of the service, and is refused what is not its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from streamgauge.access import Grant, mint, store
from streamgauge.errors import SchemaError
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge.postgres.migrate import migrate, migrations
from streamgauge.postgres.roles import roles_sql
from streamgauge.processors import dead_letters
from streamgauge.processors.dead_letters import Failure
from streamgauge.streams.cloudevents_log import CloudEventsLog
from tests.cli.test_cli import run
from tests.conftest import fresh_database
from tests.dora.github import STORY, send
from tests.helpers import an_event, rows
from tests.postgres.test_migrations import with_schema
from tests.service import Service, eventually

PAGE = Path(__file__).parents[2] / "docs/reference/tables.md"
PUBLIC = re.findall(r"^\| `(\w+)` \| ", PAGE.read_text(), re.MULTILINE)
SIGNED = {"STREAMGAUGE_GITHUB_ALLOW_UNSIGNED": "true"}


def as_role(url: str, role: str) -> str:
    return make_conninfo(url, user=f"streamgauge_{role}")


def make_roles(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(sql.SQL(roles_sql()))  # type: ignore[arg-type]


@dataclass
class Parted:
    """The whole service, each part of it under its own role."""

    url: str
    ingest: Service
    api: Service
    admin: dict[str, str]
    """The headers of an administrator."""


@pytest.fixture(scope="module")
def parted(server_url: str) -> Iterator[Parted]:
    with fresh_database(server_url) as url:
        with psycopg.connect(url) as conn:
            conn.execute("drop schema public cascade; create schema public")
        make_roles(url)
        done = run("migrate", url=as_role(url, "owner"))
        assert done.code == 0, done.err
        with Database(as_role(url, "owner")) as database, database.transaction() as cursor:
            shown, token = mint(Grant("all", frozenset({"ingest", "read", "admin"})))
            store.add(cursor, token)
        with (
            Service.running(as_role(url, "owner"), roles=["worker"]),
            Service.running(as_role(url, "ingest"), roles=["ingest"], environ=SIGNED) as ingest,
            Service.running(as_role(url, "api"), roles=["api"]) as api,
        ):
            headers = {"Authorization": f"Bearer {shown}", "Content-Type": "application/json"}
            parted = Parted(url, ingest, api, headers)
            send(ingest, *STORY)
            eventually(lambda: _settled(parted))
            yield parted


def _settled(parted: Parted) -> bool:
    answer = parted.api.request("GET", "/v1/projections", None, parted.admin)
    return answer.status == 200 and all(
        item["lag"] == 0 and item["holder"] and item["build"] for item in answer.json["items"]
    )


def test_ingestion_takes_events_and_knows_redeliveries(parted: Parted) -> None:
    headers = {**parted.admin, "Content-Type": "application/cloudevents+json"}

    def post(state: bytes) -> tuple[int, str | None]:
        answer = parted.ingest.request("POST", "/", state, headers)
        return answer.status, answer.headers.get("streamgauge-duplicates")

    first, other = an_event(1).state, an_event(1).state[:-1] + b',"x":"y"}'
    assert post(first) == (202, "0")
    assert post(first) == (202, "1")
    assert [post(other)[0], post(other)[0]] == [409, 409]
    with Database(parted.url) as database:
        assert rows(database, "select times from conflicts") == [(2,)]
    assert parted.ingest.get("/readyz").status == 200


def test_the_api_answers_and_has_things_done(parted: Parted) -> None:
    def get(path: str) -> int:
        return parted.api.request("GET", path, None, parted.admin).status

    eventually(lambda: _settled(parted))
    for path in (
        "/v1/metrics/deployment_frequency",
        "/v1/metrics/change_lead_time/explain",
        "/v1/deployments",
        "/v1/events/cloudevents",
        "/v1/events/cdevents",
        "/v1/dead-letters",
        "/v1/plugins",
        "/v1/routes",
        "/readyz",
    ):
        assert get(path) == 200, path
    items = parted.api.request("GET", "/v1/deployments", None, parted.admin).json["items"]
    assert get(f"/v1/lineage/{items[0]['id']}") == 200

    link = {"what": "change", "id": "a", "deployment": "b", "linked": True}
    body = json.dumps(link).encode()
    assert parted.api.request("POST", "/v1/links", body, parted.admin).status == 202

    where = "/v1/projections/delivery/replay"
    assert parted.api.request("POST", where, b"{}", parted.admin).status == 202

    def done() -> bool:
        answer = parted.api.request("GET", where, None, parted.admin).json
        assert answer["state"] != "failed", answer
        return bool(answer["state"] == "done")

    eventually(done)
    # The tables that the replay has made are read by who answers, and shown to who looks.
    assert get("/v1/deployments") == 200
    with Database(as_role(parted.url, "reader")) as reader:
        assert rows(reader, "select count(*) > 0 from deployments") == [(True,)]


def test_the_api_has_dead_letters_retried_and_skipped(parted: Parted) -> None:
    with Database(parted.url) as database, database.transaction() as cursor:
        failure = Failure("default", 1, "/s", "i", "t", "gone", "1", "why")
        dead_letters.park(cursor, "cdevents@1", [failure])
        (letter,) = (each for each in dead_letters.listed(cursor) if each.handler == "gone")
    where = f"/v1/dead-letters/{letter.dead_letter_id}"
    assert parted.api.request("GET", where, None, parted.admin).json["event"]
    for act in ("skip", "retry"):
        answer = parted.api.request("POST", f"{where}/{act}", b"{}", parted.admin)
        assert answer.status == 202, answer.body


def test_who_looks_sees_all_public_views(parted: Parted) -> None:
    assert {"deployments", "deployment_attempts", "cloudevents_raw", "cdevents_raw"} == set(PUBLIC)
    with Database(as_role(parted.url, "reader")) as reader:
        for view in PUBLIC:
            assert rows(reader, f"select count(*) > 0 from {view}") == [(True,)], view
        assert rows(reader, "select count(content ->> 'id') > 0 from cloudevents_raw") == [(True,)]


INTO_THE_LOG = (
    "insert into cloudevents_events (originator_id, originator_version, topic, state,"
    " notification_id) values (gen_random_uuid(), 1, 't', '{}', 10000)"
)
NOBODYS = [
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create schema mine",
    "drop table conflicts",
    "alter table cloudevents_events add mine int",
    "truncate cloudevents_events",
    "delete from cloudevents_events",
    "update cloudevents_events set state = ''",
    "update cloudevents_events set archived = '{}'",
    "delete from conflicts",
    "update conflicts set state = ''",
    "delete from dead_letters",
    "update streamgauge_tracking set notification_id = 0",
    "insert into tokens (token_id, name, digest, roles) values"
    " ('x', 'x', decode(repeat('00', 32), 'hex'), array['admin'])",
    "update tokens set revoked_at = null",
    "delete from tokens",
    "update builds set state = 'current'",
    "insert into cdevents_events__1 (originator_id, originator_version, topic, state)"
    " values (gen_random_uuid(), 1, 't', '{}')",
    "delete from schema_migrations",
    "create role mine",
    "grant streamgauge_owner to current_user",
    "set role streamgauge_owner",
]
INGESTS_NOT = [
    "select * from dead_letters",
    "select * from cdevents_events",
    "select * from deployments",
    "select * from transformer_states",
    "select * from builds",
    "insert into replays (stage, action, asked_by) values ('delivery', 'replay', 'api')",
    "update dead_letters set state = 'queued'",
]
BEYOND_APPENDING = [
    f"insert into cloudevents_events (tenant, originator_id, originator_version, topic, state,"
    f" notification_id, {more}) values ('default', gen_random_uuid(), 1, 't', '', 99, {value})"
    for more, value in (("archived", "'{}'"), ("recorded_at", "'2001-01-01'"))
]
APIS_NOT = [
    "update dead_letters set reason = 'x'",
    "delete from replays",
    "insert into dead_letters select * from dead_letters",
    "update transformer_states set state = '{}'",
    "drop view deployments",
]
READERS_NOT = [
    *INGESTS_NOT[:2],
    "select * from tokens",
    "select * from cloudevents_events",
    "select * from conflicts",
    "select * from schema_migrations",
    "select * from replays",
    "update deployments set service = 'x'",
    "delete from deployments",
    INTO_THE_LOG,
]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        *(("ingest", each) for each in NOBODYS + INGESTS_NOT + BEYOND_APPENDING),
        *(("api", each) for each in NOBODYS + APIS_NOT + BEYOND_APPENDING),
        *(("reader", each) for each in NOBODYS + READERS_NOT),
    ],
)
def test_a_role_is_refused_what_is_not_its_own(parted: Parted, role: str, statement: str) -> None:
    with psycopg.connect(as_role(parted.url, role)) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.encode())
        conn.rollback()


def test_the_statements_that_are_refused_would_do_otherwise(parted: Parted) -> None:
    """Else a slip in one of them would count as a refusal."""
    with psycopg.connect(parted.url) as conn:
        for statement in {*NOBODYS, *INGESTS_NOT, *APIS_NOT, *READERS_NOT}:
            conn.execute("savepoint before")
            try:
                conn.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege as error:
                raise AssertionError(statement) from error
            except psycopg.errors.DatabaseError as error:
                assert not isinstance(error, psycopg.errors.SyntaxError), statement
            conn.execute("rollback to savepoint before")
        conn.rollback()


@pytest.mark.parametrize("role", ["ingest", "api", "reader"])
def test_who_may_not_make_the_tables_says_who_must(database_url: str, role: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("drop schema public cascade; create schema public")
    make_roles(database_url)
    with (
        Database(as_role(database_url, role)) as database,
        pytest.raises(
            SchemaError, match=f"'streamgauge_{role}' may not make them; run as the role"
        ),
    ):
        migrate(database)
    with Database(as_role(database_url, "owner")) as owner:
        assert len(migrate(owner)) == len(migrations())
    if role != "reader":
        with Database(as_role(database_url, role)) as database:
            assert migrate(database) == []


def test_a_service_waits_for_its_tables_and_says_so(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("drop schema public cascade; create schema public")
    make_roles(database_url)
    service = Service.start(as_role(database_url, "ingest"), roles=["ingest"])
    try:
        eventually(lambda: "listening on" in "".join(service.output))
        service.port = int(
            re.findall(r"listening on http://[^:]+:(\d+)", "".join(service.output))[0]
        )
        answer = eventually(
            lambda: (found := service.get("/readyz")).status == 503 and "may not" in str(found.json)
        )
        assert answer
        with Database(as_role(database_url, "owner")) as owner:
            migrate(owner)
        eventually(lambda: service.get("/readyz").status == 200)
    finally:
        service.stop()


def test_an_installation_of_before_is_given_to_its_owner(database: Database) -> None:
    """What a superuser has made is the owner's, who goes on with it; twice is once."""
    with database.transaction() as cursor:
        with_schema(cursor, 5)
    with database.transaction() as cursor:
        cursor.execute("create table cdevents_events__7 (like cdevents_events__1)")
    make_roles(database.url)
    make_roles(database.url)
    with Database(as_role(database.url, "owner")) as owner:
        assert migrate(owner) == [f"{m.number:04d}_{m.name}" for m in migrations()[5:]]
        with owner.transaction() as cursor:
            cursor.execute("drop table cdevents_events__7")
    with Database(as_role(database.url, "ingest")) as ingest:
        assert migrate(ingest) == []
        CloudEventsLog(ingest).append([an_event(1)])
        assert rows(ingest, "select count(*) from tokens") == [(0,)]


def test_whoever_owns_the_database_and_may_create_roles_will_do(open_folder: Path) -> None:
    """As where nobody is superuser. On a server of its own: on a shared one the roles are there."""
    with EmbeddedPostgres.acquire(open_folder / "roles") as postgres:
        with psycopg.connect(postgres.url, autocommit=True) as conn:
            conn.execute("create role admin login createrole")
            conn.execute("create database theirs owner admin")
        url = make_conninfo(postgres.url, dbname="theirs", user="admin")
        with Database(url) as database:
            migrate(database)
        make_roles(url)
        with Database(as_role(url, "owner")) as owner:
            assert migrate(owner) == []
            CloudEventsLog(owner).append([an_event(1)])
        with Database(as_role(url, "reader")) as reader:
            assert rows(reader, "select event_id from cloudevents_raw") == [(1,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rows(reader, "select * from cloudevents_events")


def test_the_owner_archives_and_nobody_else(parted: Parted, tmp_path: Path) -> None:
    arguments = ("archive", "--older-than", "0", "--to", str(tmp_path))
    before = run("digest", url=parted.url).out.splitlines()[-1]
    for role in ("ingest", "api"):
        refused = run(*arguments, url=as_role(parted.url, role))
        assert refused.code == 1
        assert refused.err.startswith(
            "streamgauge: the database's role may not do that: permission"
        )
    done = run(*arguments, url=as_role(parted.url, "owner"))
    assert done.code == 0, done.err
    assert "payloads were taken out" in done.out
    assert run("digest", url=parted.url).out.splitlines()[-1] == before


def test_the_command_prints_what_psql_runs(database_url: str) -> None:
    done = run("migrate", "--print-roles")
    assert (done.code, done.out) == (0, roles_sql())


def test_doctor_says_which_role_may_look(parted: Parted) -> None:
    for role in ("ingest", "reader"):
        url, wrong = as_role(parted.url, role), {"STREAMGAUGE_NONSENSE": "1"}
        done = run("doctor", "--json", url=url, environ=wrong)
        checks = [each["check"] for each in done.json["findings"]]
        assert (done.code, checks[0], checks[-1]) == (1, "unknown-setting", "role-may-not-look")


def test_what_was_granted_before_is_taken_back(parted: Parted) -> None:
    with psycopg.connect(parted.url) as conn:
        conn.execute("grant insert on cloudevents_events to streamgauge_ingest")
        conn.execute(files("streamgauge.postgres").joinpath("grants.sql").read_bytes())
        found = conn.execute(
            "select has_table_privilege('streamgauge_ingest', 'cloudevents_events', 'insert'),"
            " has_column_privilege('streamgauge_ingest', 'cloudevents_events', 'state', 'insert')"
        ).fetchone()
        assert found == (False, True)
        conn.rollback()
