"""Several processes hold one server; any of them, and the server, may be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from streamgauge.postgres.embedded import kept, places
from streamgauge.postgres.embedded.places import popen_as
from streamgauge.postgres.embedded.processes import is_postgres_of, read_pidfile
from tests.postgres.embedded.processes import (
    FOUND,
    USER,
    User,
    acquire,
    answers,
    eventually,
    execute,
    keeper_of,
    log_of,
    needs_linux,
    of_folder,
    postmaster_of,
    query,
)

pytestmark = pytest.mark.skipif(not FOUND, reason="there is no PostgreSQL 15 to 18 to run")


def test_two_processes_share_one_server(folder: Path, new_user: Callable[[], User]) -> None:
    first = new_user()
    with acquire(folder) as postgres:
        assert (postgres.keeper_pid, postgres.url) == (first.keeper_pid, first.url)
        first.leave()
        assert query(postgres.url, "select 1") == 1
    assert not answers(postgres.url)


def test_kill_of_users(folder: Path, new_user: Callable[[], User]) -> None:
    first, second = new_user(), new_user()
    first.kill()
    time.sleep(0.2)
    assert query(second.url, "select 1") == 1
    second.kill()
    assert eventually(lambda: not of_folder(folder), 5.0)
    assert "database system is shut down\n" in log_of(folder)
    assert not (folder / "data" / "postgres" / "postmaster.pid").exists()


def test_the_keeper_is_out_of_reach_of_the_terminal(folder: Path) -> None:
    with acquire(folder) as postgres:
        assert os.getsid(postgres.keeper_pid) != os.getsid(0)
        # Sent to a whole group of processes at its end: the users still need the server.
        os.kill(postgres.keeper_pid, signal.SIGTERM)
        time.sleep(0.2)
        assert query(postgres.url, "select 1") == 1


def test_a_forked_child_does_not_hold_the_server(folder: Path) -> None:
    script = USER.replace(
        "sys.stdin.read()", "import os, time\nif not os.fork(): time.sleep(60)\nos._exit(0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder / "data")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.wait()
        children = [pid for pid, line in of_folder(folder).items() if "sleep(60)" in line]
        assert len(children) == 1
        try:
            assert eventually(lambda: list(of_folder(folder)) == children, 5.0)
        finally:
            os.kill(children[0], signal.SIGKILL)


def test_release_twice(folder: Path) -> None:
    postgres = acquire(folder)
    postgres.release()
    postgres.release()


@pytest.mark.slow
def test_joining_while_others_leave(folder: Path) -> None:
    script = """
import sys, pathlib, psycopg, random, time
from streamgauge.postgres.embedded import EmbeddedPostgres
for turn in range(30):
    time.sleep(random.uniform(0, 0.2))
    with EmbeddedPostgres.acquire(pathlib.Path(sys.argv[1]), options={"fsync": "off"}) as postgres:
        with psycopg.connect(postgres.url) as connection:
            connection.execute("select 1")
"""
    command = [sys.executable, "-W", "error", "-c", script, str(folder / "data")]
    users = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]
    said = [user.communicate()[0] for user in users]
    assert [user.returncode for user in users] == [0] * 4, said
    # It was a race: the server was neither up all the time nor down after each.
    assert 2 < log_of(folder).count("ready to accept connections") < 120
    assert "already exists" not in log_of(folder)


@needs_linux
def test_kill_of_the_keeper(folder: Path) -> None:
    first = acquire(folder)
    execute(first.url, "create table if not exists kept as select 42 as answer")
    os.kill(first.keeper_pid, signal.SIGKILL)
    assert eventually(lambda: not of_folder(folder), 5.0)
    assert "database system is shut down\n" in log_of(folder)
    with acquire(folder) as second:
        assert second.url == first.url
        assert query(first.url, "select answer from kept") == 42
        first.release()
        assert answers(second.url)


@needs_linux
def test_a_server_that_is_kept_comes_back_after_its_keeper_is_killed(folder: Path) -> None:
    said: list[str] = []
    with ExitStack() as stack:
        urls = [
            stack.enter_context(kept(folder / "data", database="streamgauge", say=said.append))
            for _ in range(2)
        ]
        assert urls[0] == urls[1]
        for _ in range(2):
            old = postmaster_of(folder)
            os.kill(keeper_of(folder), signal.SIGKILL)
            assert eventually(lambda old=old: answers(urls[0]) and postmaster_of(folder) != old)
    assert eventually(lambda: not of_folder(folder), 2.0)
    # The second time, one of the two may still have been on its way back from the first.
    assert said[:2] == ["the keeper of the embedded PostgreSQL has ended; starting both again"] * 2


@needs_linux
def test_a_server_that_does_not_come_back_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("streamgauge.postgres.embedded.watch._FIRST_PAUSE", 0.1)
    with kept(folder / "data", database="streamgauge", say=said.append) as url:
        (folder / "data" / "postgres" / "global").rename(folder / "away")
        os.kill(keeper_of(folder), signal.SIGKILL)
        assert eventually(lambda: len(said) > 2)
        (folder / "away").rename(folder / "data" / "postgres" / "global")
        assert eventually(lambda: answers(url))
    assert said[1].endswith("trying again in 0.1 s")


@needs_linux
def test_a_server_that_does_not_come_back_does_not_hold_up_the_end(folder: Path) -> None:
    said: list[str] = []
    with kept(folder / "data", database="streamgauge", say=said.append):
        (folder / "data" / "postgres" / "global").rename(folder / "away")
        os.kill(keeper_of(folder), signal.SIGKILL)
        assert eventually(lambda: len(said) > 1)
    assert said[-1].endswith("trying again in 1 s")
    (folder / "away").rename(folder / "data" / "postgres" / "global")


def test_kill_of_the_keeper_while_postgres_cannot_end(folder: Path) -> None:
    """What macOS always looks like: the old server still runs when the next keeper comes."""
    first = acquire(folder)
    old = postmaster_of(folder)
    os.kill(old, signal.SIGSTOP)
    os.kill(first.keeper_pid, signal.SIGKILL)
    assert eventually(lambda: list(of_folder(folder)) == [old])
    with subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -CONT {old}"]), acquire(folder) as second:
        assert postmaster_of(folder) != old
        assert answers(second.url)
    first.release()
    assert "already exists" not in log_of(folder)


def test_kill_of_postgres(folder: Path) -> None:
    with acquire(folder) as postgres:
        execute(postgres.url, "create table if not exists kept as select 42 as answer")
        for _ in range(2):
            old = postmaster_of(folder)
            with psycopg.connect(postgres.url) as connection:
                os.kill(old, signal.SIGKILL)
                assert eventually(lambda: answers(postgres.url))
                with contextlib.suppress(psycopg.OperationalError):
                    connection.execute("select 1")
            assert postmaster_of(folder) != old
            assert query(postgres.url, "select answer from kept") == 42
            with acquire(folder) as second:
                assert second.keeper_pid == postgres.keeper_pid
    assert "KEEPER:  PostgreSQL ended with -9; starting it again" in log_of(folder)


def kill_everything(folder: Path) -> list[str]:
    """As if the power failed. Gives what postmaster.pid says."""
    held = acquire(folder)
    lines = read_pidfile(folder / "data" / "postgres")
    os.kill(held.keeper_pid, signal.SIGSTOP)
    os.kill(int(lines[0]), signal.SIGKILL)
    os.kill(held.keeper_pid, signal.SIGKILL)
    held.release()
    assert eventually(lambda: not of_folder(folder))
    assert (folder / "data" / "run" / places.SOCKET_NAME).exists()
    assert (folder / "data" / "run" / places.KEEPER_SOCKET_NAME).exists()
    return lines


def test_start_after_a_power_loss(folder: Path) -> None:
    kill_everything(folder)
    with acquire(folder) as postgres:
        assert answers(postgres.url)


def test_start_when_another_process_has_the_old_process_id(folder: Path) -> None:
    lines = kill_everything(folder)
    data, run = folder / "data" / "postgres", folder / "data" / "run"
    account = places.open_home(folder / "data", {}).account
    with subprocess.Popen(["sleep", "60"], cwd="/", **popen_as(account)) as unrelated:
        try:
            for path in (data / "postmaster.pid", run / f"{places.SOCKET_NAME}.lock"):
                path.write_text("\n".join([str(unrelated.pid), *lines[1:]]) + "\n")
            assert is_postgres_of(unrelated.pid, data) is False
            with acquire(folder) as postgres:
                assert answers(postgres.url)
            assert 'lock file "postmaster.pid" already exists' in log_of(folder)
            assert unrelated.poll() is None
        finally:
            unrelated.kill()


def test_an_initdb_that_was_cut_off_does_no_harm(empty_folder: Path) -> None:
    (empty_folder / "data" / "postgres.new-1").mkdir(parents=True)
    (empty_folder / "data" / "postgres.new-1" / "PG_VERSION").write_text("15\n")
    (empty_folder / "data").chmod(0o755)
    with acquire(empty_folder) as postgres:
        assert answers(postgres.url)
    assert not (empty_folder / "data" / "postgres.new-1").exists()
