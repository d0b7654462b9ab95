"""What cannot be is refused with a reason."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded import EmbeddedPostgres, find_binaries, places
from streamgauge.postgres.embedded import binaries as binaries_module
from tests.postgres.embedded.processes import FOUND, acquire, answers, fake_binaries

pytestmark = pytest.mark.skipif(not FOUND, reason="there is no PostgreSQL 15 to 18 to run")


def test_initdb_fails(empty_folder: Path) -> None:
    fake = fake_binaries(empty_folder / "bin", "echo 'initdb: error: the moon is full' >&2; exit 1")
    with pytest.raises(EmbeddedPostgresError, match=r"initdb of .* 17\.3 .*\n.*the moon is full"):
        acquire(empty_folder, binaries=fake)


def test_postgres_does_not_start(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"does not start(.|\n)*shared_buffers"):
        acquire(folder, options={"shared_buffers": "many"})
    with acquire(folder) as postgres:
        assert answers(postgres.url)


def test_a_server_that_does_not_become_ready(folder: Path) -> None:
    with acquire(folder) as postgres:
        os.kill(postgres.keeper_pid, signal.SIGSTOP)
        with pytest.raises(EmbeddedPostgresError, match=r"not become ready in time(.|\n)*LOG: "):
            EmbeddedPostgres.acquire(folder / "data", timeout=0.2)
        os.kill(postgres.keeper_pid, signal.SIGCONT)


def test_a_keeper_that_cannot_be_reached(folder: Path) -> None:
    with acquire(folder) as postgres:
        (folder / "data" / "run" / places.KEEPER_SOCKET_NAME).unlink()
        with pytest.raises(EmbeddedPostgresError, match="another process keeps the server"):
            acquire(folder)
        assert answers(postgres.url)


@pytest.mark.parametrize("major", [9, 14, 19])
def test_data_of_a_postgresql_that_is_not_there(empty_folder: Path, major: int) -> None:
    pgdata = empty_folder / "data" / "postgres"
    pgdata.mkdir(mode=0o700, parents=True)
    pgdata.parent.chmod(0o755)
    account = places.open_home(empty_folder / "data", {}).account
    (pgdata / "PG_VERSION").write_text(f"{major}\n")
    if account is not None:
        os.chown(pgdata, account.uid, account.gid)
    with pytest.raises(EmbeddedPostgresError) as caught:
        acquire(empty_folder)
    assert f"made by PostgreSQL {major}, which alone can read it" in str(caught.value)
    assert str(FOUND[0]) in str(caught.value)
    assert f"dump the data with PostgreSQL {major}" in str(caught.value)


def test_data_of_a_postgresql_that_could_be_installed(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / "PG_VERSION").write_text("17\n")
    nothing_there(empty_folder, monkeypatch)
    with pytest.raises(EmbeddedPostgresError, match=r"no PostgreSQL at all. Install PostgreSQL 17"):
        binaries_module.choose_binaries({"PATH": str(empty_folder)}, empty_folder)


def nothing_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries_module, "SYSTEM", folder)
    monkeypatch.setattr(binaries_module, "WHEEL", "no_such_package")
    monkeypatch.setenv("PATH", str(folder))


def test_no_postgresql_at_all(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(empty_folder, monkeypatch)
    monkeypatch.delenv("STREAMGAUGE_PG_BINDIR", raising=False)
    with pytest.raises(EmbeddedPostgresError, match=r"install streamgauge\[embedded\].*DATABASE"):
        acquire(empty_folder)


def test_a_wrong_bindir(empty_folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"STREAMGAUGE_PG_BINDIR=.*none that runs"):
        find_binaries({"STREAMGAUGE_PG_BINDIR": str(empty_folder)})
    fake_binaries(empty_folder / "bin", "exit 1")
    (empty_folder / "bin" / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.2'\n")
    with pytest.raises(EmbeddedPostgresError, match=r"but holds PostgreSQL 14\.2"):
        find_binaries({"STREAMGAUGE_PG_BINDIR": str(empty_folder / "bin")})


def test_a_folder_that_is_something_else(empty_folder: Path) -> None:
    (empty_folder / "data").mkdir(mode=0o755)
    (empty_folder / "data" / "postgres").write_text("a letter to the postgres")
    with pytest.raises(EmbeddedPostgresError, match="data/postgres"):
        acquire(empty_folder)
