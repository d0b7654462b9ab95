"""The commands of the pages for operators, run in their order, in a shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from streamgauge.access import Grant, mint, store
from streamgauge.cdevents import in_cloudevent
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.embedded import find_binaries
from tests.archive.world import archive, archived, log_digest
from tests.cli.test_cli import run
from tests.helpers import a_deployment, an_event, process, rows

HOW_TO = Path(__file__).parents[2] / "docs/how-to"
PROGRAMS = ("pg_dump", "pg_restore", "psql")
BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LONG = re.compile(r"^DATABASE_URL=\S+ streamgauge serve .*\n", re.MULTILINE)
"""What runs until it is stopped: tests/postgres/test_roles.py runs each."""


def commands(text: str) -> str:
    """All that stands in the page's blocks."""
    found = [re.sub(rf"^{space}", "", code, flags=re.M) for space, code in BLOCK.findall(text)]
    assert found
    return "".join(found)


def programs(url: str) -> Path:
    """The folder of PostgreSQL's own programs that are of the server's version."""
    with psycopg.connect(url) as conn:
        major = conn.info.server_version // 10_000
    for binaries in find_binaries(os.environ):
        if binaries.major == major and all((binaries.bindir / p).exists() for p in PROGRAMS):
            return binaries.bindir
    pytest.skip(f"there is no {', '.join(PROGRAMS)} of PostgreSQL {major}")


def shell(code: str, folder: Path, bindir: Path | None = None, **variables: str) -> str:
    """Run it as somebody would who stands in the folder; what it has said."""
    own = folder / "bin"
    own.mkdir(exist_ok=True)
    (own / "streamgauge").write_text(f'#!/bin/sh\nexec {sys.executable} -m streamgauge "$@"\n')
    (own / "streamgauge").chmod(0o755)
    path = os.pathsep.join([str(own), *([str(bindir)] if bindir else []), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", code],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def empty_database(url: str, name: str) -> Iterator[str]:
    admin = make_conninfo(**{**conninfo_to_dict(url), "dbname": "postgres"})
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0".encode())
        try:
            yield make_conninfo(**{**conninfo_to_dict(url), "dbname": name})
        finally:
            conn.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def told(database: Database, plugins: Plugins) -> Database:
    """A database in which something has happened, some of it two years ago."""
    events = [in_cloudevent(a_deployment(n)) for n in range(1, 21)]
    process(database, plugins, [*events, *(an_event(n) for n in range(5))])
    with database.transaction() as cursor:
        _, token = mint(Grant("all", frozenset({"read"})))
        store.add(cursor, token)
        cursor.execute(
            "update cloudevents_events set recorded_at = recorded_at - interval '2 years'"
            " where notification_id <= 10"
        )
    return database


def test_keep_the_log_small(told: Database, plugins: Plugins, tmp_path: Path) -> None:
    page = (HOW_TO / "keep-the-log-small.md").read_text()
    folder = tmp_path / "archive"
    said = shell(
        commands(page),
        tmp_path,
        programs(told.url),
        DATABASE_URL=told.url,
        ARCHIVE=str(folder),
    )
    assert re.search(rf"^10 events of [\d,]+ bytes would be written to {folder}", said, re.M)
    assert "10 payloads were taken out of the database" in said
    assert f"{folder} is whole: 1 files, 10 events" in said
    assert "cdevents: build 2 is current in place of build 1" in said
    assert "10 payloads were put back" in said
    assert (tmp_path / "everything.ndjson").read_bytes().count(b"\n") == 25
    texts = (tmp_path / "events.ndjson").read_text().splitlines()
    assert [text.encode() for text in texts] == [
        state
        for (state,) in rows(
            told, "select state from cloudevents_events order by notification_id limit 10"
        )
    ]


def test_back_up_and_restore(told: Database, plugins: Plugins, tmp_path: Path) -> None:
    page = (HOW_TO / "back-up-and-restore.md").read_text().partition("## The embedded")[0]
    folder = tmp_path / "archive"
    bindir = programs(told.url)
    archive(told, folder, datetime.now(UTC) - timedelta(days=365))
    facts = "select * from deployment_attempts order by deployment_id"
    number = os.getpid()
    with ExitStack() as stack:
        new, small, empty = (
            stack.enter_context(empty_database(told.url, f"{name}_{number}"))
            for name in ("new", "small", "empty")
        )
        said = shell(
            commands(page),
            tmp_path,
            bindir,
            DATABASE_URL=told.url,
            NEW_URL=new,
            SMALL_URL=small,
            EMPTY_URL=empty,
            ARCHIVE=str(folder),
        )
        assert "archive-copy is whole: 1 files, 10 events, of 10 of which the database" in said
        assert "10 events up to position 10" in said
        with Database(new) as restored:
            assert log_digest(restored) == log_digest(told)
            assert rows(restored, facts) == rows(told, facts)
            assert rows(restored, "select * from tokens") == rows(told, "select * from tokens")
        with Database(small) as restored:
            assert log_digest(restored) == log_digest(told)
            assert archived(restored) == list(range(1, 11))
            assert rows(restored, "select * from tokens") == rows(told, "select * from tokens")


@pytest.mark.slow
def test_the_embedded_postgres_is_a_folder(open_folder: Path, tmp_path: Path) -> None:
    page = (HOW_TO / "back-up-and-restore.md").read_text().partition("## The embedded")[2]
    data, other = open_folder / "data", open_folder / "other"
    environ = {"STREAMGAUGE_DATA_DIR": str(data)}
    lines = b"".join(an_event(n).state + b"\n" for n in range(7))
    assert run("ingest", "-", stdin=lines, environ=environ).code == 0
    shell(commands(page), tmp_path, OTHER_DIR=str(other), **environ)
    assert (tmp_path / "digest.txt").read_text().startswith("7 events up to position 7")


def test_postgres_roles(database: Database, tmp_path: Path) -> None:
    page = (HOW_TO / "postgres-roles.md").read_text()
    code = commands(page)
    roles = [line.split()[-1] for line in LONG.findall(code)]
    assert roles == ["worker", "ingest", "api"]
    urls: Mapping[str, str] = {
        f"{role.upper()}_URL": make_conninfo(database.url, user=f"streamgauge_{role}")
        for role in ("owner", "ingest", "api", "reader")
    }
    bindir = programs(database.url)
    said = shell(LONG.sub("", code), tmp_path, bindir, ADMIN_URL=database.url, **urls)
    assert "the tables are current" in said
    with Database(urls["READER_URL"]) as reader:
        assert rows(reader, "select * from cdevents_raw") == []
