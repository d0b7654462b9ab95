"""The embedded PostgreSQL, with real programs, real processes and real kill -9."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded import Binaries, EmbeddedPostgres, find_binaries, places
from streamgauge.postgres.embedded import binaries as binaries_module
from streamgauge.postgres.embedded import log as log_module
from streamgauge.postgres.embedded.places import popen_as
from streamgauge.postgres.embedded.processes import is_postgres_of, pidfile_process, read_pidfile

FOUND = find_binaries(os.environ)
IS_ROOT = os.geteuid() == 0

pytestmark = pytest.mark.skipif(not FOUND, reason="there is no PostgreSQL 15 to 18 to run")
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs programs as other accounts")
needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent died"
)

USER = """
import sys, pathlib
from streamgauge.postgres.embedded import EmbeddedPostgres
held = EmbeddedPostgres.acquire(pathlib.Path(sys.argv[1]), options={"fsync": "off"})
print(held.keeper_pid, held.url, flush=True)
sys.stdin.read()
held.release()
"""
"""A process that holds the server of a folder until its stdin ends."""


def processes() -> dict[int, str]:
    """The command line of every process."""
    found = {}
    if Path("/proc/self/cmdline").exists():
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode()
    else:
        said = subprocess.run(["ps", "-axo", "pid=,command="], capture_output=True, text=True)
        for line in said.stdout.splitlines():
            pid, _, command = line.strip().partition(" ")
            found[int(pid)] = command
    return found


def of_folder(folder: Path) -> dict[int, str]:
    """The keeper and the postgres of a folder; postgres's own children are named differently."""
    return {pid: line for pid, line in processes().items() if str(folder) in line}


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def query(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


def answers(url: str) -> bool:
    try:
        return query(url, "select 1") == 1
    except psycopg.OperationalError:
        return False


def make_folder() -> Path:
    """One that other accounts can reach, unlike tmp_path."""
    path = Path(tempfile.mkdtemp(prefix="sg-test-", dir="/tmp")).resolve()
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    """A folder that no process of the test may outlive."""
    path = make_folder()
    yield path
    left = {} if eventually(lambda: not of_folder(path), 5.0) else of_folder(path)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(path)
    assert not left


@pytest.fixture(scope="module")
def store() -> Iterator[Path]:
    """Where the data waits between two tests: to make it takes half a second."""
    path = make_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder(empty_folder: Path, store: Path) -> Iterator[Path]:
    """A folder with the data of a server that has run before."""
    if not (store / "data").exists():
        acquire(store).release()
    (store / "data").rename(empty_folder / "data")
    (empty_folder / "data" / "postgres.log").unlink(missing_ok=True)
    yield empty_folder
    if eventually(lambda: not of_folder(empty_folder), 5.0):
        (empty_folder / "data").rename(store / "data")


def acquire(folder: Path, **arguments: object) -> EmbeddedPostgres:
    """Quick and not durable: the tests kill processes, not the machine."""
    arguments.setdefault("options", {"fsync": "off"})
    return EmbeddedPostgres.acquire(folder / "data", **arguments)  # type: ignore[arg-type]


class User:
    """Another process that holds the server."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        keeper, self.url = self.process.stdout.readline().split()
        self.keeper_pid = int(keeper)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture
def new_user(folder: Path) -> Iterator[Callable[[], User]]:
    users: list[User] = []

    def make() -> User:
        users.append(User(folder))
        return users[-1]

    yield make
    for user in users:
        if user.process.poll() is None:
            user.kill()


def log_of(folder: Path) -> str:
    return (folder / "data" / "postgres.log").read_text()


def postmaster_of(folder: Path) -> int:
    pid = pidfile_process(folder / "data" / "postgres")
    assert pid is not None
    return pid


# ---------------------------------------------------------------- start, use, stop, again


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


# ---------------------------------------------------------------- who holds the server


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


# ---------------------------------------------------------------- what dies by itself


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


# ---------------------------------------------------------------- what cannot be


def fake_binaries(folder: Path, initdb: str) -> Binaries:
    folder.mkdir()
    folder.chmod(0o755)
    for name, script in (("postgres", "exit 1"), ("initdb", initdb)):
        version = f'[ "$1" = --version ] && echo "{name} (PostgreSQL) 17.3" && exit 0'
        (folder / name).write_text(f"#!/bin/sh\n{version}\n{script}\n")
        (folder / name).chmod(0o755)
    (found,) = [
        binaries
        for binaries in find_binaries({"STREAMGAUGE_PG_BINDIR": str(folder)})
        if binaries.origin == "STREAMGAUGE_PG_BINDIR"
    ]
    assert (found.version, found.major) == ("17.3", 17)
    return found


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


# ---------------------------------------------------------------- accounts


@needs_root
def test_root_with_a_folder_that_the_account_cannot_reach(empty_folder: Path) -> None:
    (empty_folder / "data").mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"cannot reach the data folder .* is closed"):
        acquire(empty_folder)
    assert stat.S_IMODE((empty_folder / "data").stat().st_mode) == 0o700


@needs_root
def test_root_with_programs_that_the_account_cannot_reach(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = [binaries for binaries in FOUND if binaries.origin == "wheel"]
    if not wheel:
        pytest.skip("no PostgreSQL that can be moved: streamgauge[embedded] is not installed")
    tree = wheel[0].bindir.parent
    libraries = tree.parent.with_name(f"{tree.parent.name}.libs")
    site = empty_folder / "site-packages"
    site.mkdir(mode=0o700)
    closed = site / tree.parent.name / tree.name
    shutil.copytree(tree, closed, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, site / libraries.name, symlinks=True)
    monkeypatch.setenv("STREAMGAUGE_PG_BINDIR", str(closed / "bin"))
    monkeypatch.setattr(places, "ROOT_HOME", empty_folder / "shelf")
    copies = empty_folder / "shelf" / f"postgresql-{wheel[0].version}"
    copy = copies / tree.parent.name / tree.name / "bin" / "postgres"
    for _ in range(2):
        with EmbeddedPostgres.acquire(options={"fsync": "off"}) as postgres:
            assert postgres.data_dir == empty_folder / "shelf"
            assert query(postgres.url, "select 1") == 1
            line = processes()[pidfile_process(postgres.data_dir / "postgres") or 0]
            assert line.startswith(f"{copy} ")
        assert copy.stat().st_uid == 0
    assert list((empty_folder / "shelf").glob("*-*")) == [copies]
    assert stat.S_IMODE(site.stat().st_mode) == 0o700


@needs_root
def test_as_an_unprivileged_user(empty_folder: Path) -> None:
    nobody = places.Account("nobody", *pwd.getpwnam("nobody")[2:4])
    os.chown(empty_folder, nobody.uid, nobody.gid)
    script = """
import psycopg
from streamgauge.postgres.embedded import EmbeddedPostgres
for turn in range(2):
    with EmbeddedPostgres.acquire() as postgres, psycopg.connect(postgres.url) as connection:
        print(postgres.data_dir, connection.execute("select 40 + 2").fetchone()[0])
"""
    paths = os.pathsep.join(filter(None, sys.path))
    environ = {"HOME": str(empty_folder), "PATH": "/usr/bin:/bin", "PYTHONPATH": paths}
    # A virtual environment made by root may stand on a Python that only root can reach.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if can_run(python, environ, nobody):
            break
    else:
        pytest.skip("the account nobody can reach no Python with Streamgauge's dependencies")
    done = subprocess.run(
        [python, "-W", "error", "-c", script],
        **popen_as(nobody),
        cwd="/",
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{empty_folder}/.local/share/streamgauge 42\n" * 2
    data = empty_folder / ".local" / "share" / "streamgauge"
    assert {path.stat().st_uid for path in (data, *data.rglob("*"))} == {nobody.uid}
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    # Root may use it too: the server is the user's then as well.
    with EmbeddedPostgres.acquire(data) as postgres:
        assert query(postgres.url, "select 1") == 1
    assert {path.stat().st_uid for path in (data, *data.rglob("*"))} == {nobody.uid}


def can_run(python: str, environ: dict[str, str], account: places.Account) -> bool:
    command = [python, "-c", "import psycopg, streamgauge"]
    try:
        done = subprocess.run(
            command, **popen_as(account), cwd="/", env=environ, capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0


# ---------------------------------------------------------------- the rest


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
