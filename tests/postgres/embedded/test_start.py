"""Start, use, stop, and start again."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import psycopg
import pytest

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded import Binaries, EmbeddedPostgres, places
from streamgauge.postgres.embedded import log as log_module
from tests.postgres.embedded.processes import (
    FOUND,
    acquire,
    answers,
    eventually,
    log_of,
    of_folder,
    query,
)

pytestmark = pytest.mark.skipif(not FOUND, reason="there is no PostgreSQL 15 to 18 to run")


def test_data_is_kept_between_runs(empty_folder: Path) -> None:
    said: list[str] = []
    with EmbeddedPostgres.acquire(empty_folder / "data", say=said.append) as postgres:
        assert postgres.version == FOUND[0].version
        assert postgres.data_dir == empty_folder / "data"
        with psycopg.connect(postgres.url) as connection:
            connection.execute("create table kept as select 42 as answer")
            settings = "fsync", "listen_addresses", "server_encoding", "datcollate", "timezone"
            row = connection.execute(
                "select current_setting('fsync'), current_setting('listen_addresses'),"
                " current_setting('server_encoding'), datcollate, current_setting('timezone')"
                " from pg_database where datname = current_database()"
            ).fetchone()
            assert dict(zip(settings, row or (), strict=True)) == {
                "fsync": "on",
                "listen_addresses": "",
                "server_encoding": "UTF8",
                "datcollate": "C",
                "timezone": "UTC",
            }
    assert len(said) == 1
    assert said[0].startswith(f"making a new PostgreSQL {FOUND[0].version} in {empty_folder}")
    assert not eventually(lambda: answers(postgres.url), 0.1)
    assert eventually(lambda: not of_folder(empty_folder), 2.0)
    assert log_of(empty_folder).count("database system is shut down\n") == 1
    assert "syncing data to disk" in log_of(empty_folder)

    with EmbeddedPostgres.acquire(empty_folder / "data", say=said.append) as postgres:
        assert query(postgres.url, "select answer from kept") == 42
    assert len(said) == 1


@pytest.mark.parametrize("binaries", FOUND, ids=[f"{b.origin}-{b.version}" for b in FOUND])
def test_every_postgresql_found(empty_folder: Path, binaries: Binaries) -> None:
    with acquire(empty_folder, binaries=binaries) as postgres:
        assert postgres.version == binaries.version
        assert query(postgres.url, "show server_version_num")[:2] == str(binaries.major)  # type: ignore[index]
        # Time zones, which come from the machine or with the programs.
        berlin = "select timestamptz '2026-07-01T00:00Z' at time zone 'Europe/Berlin'"
        assert str(query(postgres.url, berlin)) == "2026-07-01 02:00:00"
        for other in FOUND:
            if other.version != binaries.version:
                with pytest.raises(EmbeddedPostgresError, match="runs already, with PostgreSQL"):
                    acquire(empty_folder, binaries=other)
    for other in FOUND:
        if other.major != binaries.major:
            with pytest.raises(EmbeddedPostgresError, match=f"made by PostgreSQL {binaries.major}"):
                acquire(empty_folder, binaries=other)
    # Without a wish, the data decides, whatever would be the first choice.
    with acquire(empty_folder) as postgres:
        assert postgres.version.startswith(str(binaries.major))


def test_the_sockets_are_private(folder: Path) -> None:
    with acquire(folder) as postgres:
        place = Path(psycopg.conninfo.conninfo_to_dict(postgres.url)["host"])  # type: ignore[arg-type]
        assert place == folder / "data" / "run"
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert stat.S_IMODE((place / places.SOCKET_NAME).stat().st_mode) == 0o700
        assert place.stat().st_uid == (folder / "data" / "postgres").stat().st_uid


def test_a_database_of_any_name_and_the_environment_of_libpq(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = 'Bär "x"/?&='
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "/nowhere")
    monkeypatch.setenv("PGUSER", "nobody")
    with acquire(folder, database=name) as postgres:
        assert query(postgres.url, "select current_database()") == name
        assert query(postgres.url, "select current_user") == "streamgauge"
        with acquire(folder, database=name) as second:
            assert second.url == postgres.url
        assert answers(postgres.url)


@pytest.mark.parametrize("name", ["long" * 45, "comma,and space", "umläut"])
def test_a_path_that_is_no_good_for_a_socket(empty_folder: Path, name: str) -> None:
    for _ in range(2):
        with EmbeddedPostgres.acquire(empty_folder / name, options={"fsync": "off"}) as postgres:
            assert query(postgres.url, "select 1") == 1
            sockets = (empty_folder / name / "run").resolve()
            assert sockets.parent == Path("/tmp").resolve()
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert not sockets.exists()
        assert not (empty_folder / name / "run").is_symlink()


def test_data_that_is_moved(folder: Path) -> None:
    acquire(folder).release()
    for name in ("long" * 45, "short"):
        (folder / "data").rename(folder / name)
        with EmbeddedPostgres.acquire(folder / name, options={"fsync": "off"}) as postgres:
            assert query(postgres.url, "select 1") == 1
        (folder / name).rename(folder / "data")


@pytest.mark.parametrize("broken", ["not private", "gone", "of another folder"])
def test_a_socket_folder_below_tmp_that_is_not_ours(folder: Path, broken: str) -> None:
    long = folder / ("long" * 45)
    (folder / "data").rename(long)
    home = places.open_home(long, {})
    first = places.socket_folder(home)
    assert places.socket_folder(home) == first
    if broken == "not private":
        first.chmod(0o755)
    elif broken == "gone":
        first.rmdir()
    else:
        other = first.with_name("streamgauge-other")
        first.rename(other)
        (long / "run").unlink()
        (long / "run").symlink_to(first := other)
    second = places.socket_folder(home)
    assert second != first
    places.remove_socket_folder(home, second)
    assert not second.exists()
    if first.exists():
        first.rmdir()
    long.rename(folder / "data")


def test_where_the_data_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setattr(sys, "platform", "linux")
    default = places.default_data_dir
    assert default({}) == Path("/home/ada/.local/share/streamgauge")
    assert default({"XDG_DATA_HOME": "/data"}) == Path("/data/streamgauge")
    assert default({"XDG_DATA_HOME": "relative"}) == Path("/home/ada/.local/share/streamgauge")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default({}) == Path("/home/ada/Library/Application Support/streamgauge")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default({"XDG_DATA_HOME": "/data"}) == Path("/var/lib/streamgauge")


def test_the_log_is_of_limited_size(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = empty_folder / "postgres.log"
    descriptor = places.open_file(path, None)
    monkeypatch.setattr(log_module, "LOG", descriptor)
    try:
        os.write(descriptor, b"1" * 1000)
        log_module.limit_log(path, limit=1000)
        assert path.stat().st_size == 1000
        os.write(descriptor, b"2" * 500)
        log_module.limit_log(path, limit=1000)
        log_module.note("hello")
    finally:
        os.close(descriptor)
    assert path.read_text().endswith("KEEPER:  hello\n")
    assert (empty_folder / "postgres.log.1").read_text() == "1" * 500 + "2" * 500
