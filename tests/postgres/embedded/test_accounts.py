"""Root runs the server as another account."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded import EmbeddedPostgres, places
from streamgauge.postgres.embedded.places import popen_as
from streamgauge.postgres.embedded.processes import pidfile_process
from tests.postgres.embedded.processes import (
    FOUND,
    acquire,
    can_run,
    needs_root,
    processes,
    query,
)

pytestmark = pytest.mark.skipif(not FOUND, reason="there is no PostgreSQL 15 to 18 to run")


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
