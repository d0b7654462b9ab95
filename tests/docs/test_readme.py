"""A stranger gets from a clone to the numbers of their own repository by the README alone.

Its commands are run in their order, in a folder as a clone has it, against a GitHub on this
machine; but for the installation, which is the one that runs these tests, and is tried by itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streamgauge.postgres.embedded import find_binaries
from tests.plugins.github.fake_api import FakeGithub
from tests.plugins.github.history import History
from tests.service import eventually

ROOT = Path(__file__).parents[2]
TOKEN = "ghp_0123456789abcdefghij"
SECTION = re.compile(r"^## Your own repository\n(.*?)^## ", re.MULTILINE | re.DOTALL)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_binaries(os.environ), reason="there is no PostgreSQL to run"),
]


def commands() -> list[str]:
    """The lines of the section's blocks, as a shell is given them."""
    [section] = SECTION.findall((ROOT / "README.md").read_text())
    return [line.strip() for line in re.findall(r"^    (.+)$", section, re.MULTILINE)]


def query() -> str:
    """The command that the section names beside them."""
    [section] = SECTION.findall((ROOT / "README.md").read_text())
    [found] = re.findall(r"`(\.venv/bin/streamgauge query [^`]+)`", section)
    return str(found)


@pytest.fixture
def clone(open_folder: Path) -> Iterator[Path]:
    """The files that the commands need, with a .venv that make finds made."""
    folder = open_folder / "clone"
    for name in ("Makefile", "pyproject.toml", "requirements/run.lock"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    installed = folder / ".venv/bin/streamgauge"
    installed.parent.mkdir(parents=True)
    installed.write_text(f'#!/bin/sh\nexec {sys.executable} -m streamgauge "$@"\n')
    gh = open_folder / "path/gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\n[ "$*" = "auth token" ] && echo {TOKEN}\n')
    for program in (installed, gh):
        program.chmod(0o755)
    for stamp in ("made.stamp", "run.stamp"):
        (folder / ".venv" / stamp).touch()
    yield folder
    shutil.rmtree(folder)


def a_history() -> History:
    """Two months until now: three changes, of which the first deployment is the baseline."""
    history = History()
    at = history.deploy(history.direct(datetime.now(UTC) - timedelta(days=60)))
    for number in range(3):
        at = history.pull_request(at + timedelta(days=3), title=f"Hats {number}")
        at = history.deploy(at + timedelta(hours=1))
    history.incident(at + timedelta(hours=1))
    return history


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def serving(command: str, folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"], cwd=folder, env=environ, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return json.load(answer)


def test_the_readme_leads_to_the_numbers_of_ones_own_repository(
    clone: Path, open_folder: Path
) -> None:
    make, export, imports, serve, curl = commands()
    assert make.startswith("make install ")
    assert serve.startswith(".venv/bin/streamgauge serve ")
    port = free_port()
    history = a_history()
    with FakeGithub(history, token=TOKEN).running() as fake:
        environ = {
            **os.environ,
            "PATH": f"{open_folder / 'path'}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_API_URL": fake.url,
            "STREAMGAUGE_DATA_DIR": str(open_folder / "data"),
            "STREAMGAUGE_PORT": str(port),
            "STREAMGAUGE_URL": f"http://127.0.0.1:{port}",
        }
        imports = imports.replace("OWNER/REPO", "Acme/Shop")

        def shell(*lines: str) -> str:
            script = "\n".join(("set -e", *lines))
            done = subprocess.run(
                ["/bin/sh", "-c", script], cwd=clone, env=environ, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            return done.stdout

        said = shell(make, export, imports)
        assert "3 pull requests, 3 merged; 4 deployments (production 4)" in said
        with serving(serve, clone, environ):
            asked = re.search(r"'localhost:8080(\S+)'", curl)
            assert asked is not None
            address = f"http://127.0.0.1:{port}{asked[1]}"
            found = eventually(lambda: counted(address, 3))
            # Each was written two hours before it was opened, merged 20 after, and deployed in one.
            assert found["value"] == timedelta(hours=23, minutes=6).total_seconds()
            # The one of the two processes that asks may have started a moment later.
            failed = eventually(
                lambda: answered(f"http://127.0.0.1:{port}/v1/metrics/change_fail_rate")
            )
            assert (failed["n"], failed["value"]) == (4, 0.25)
            assert "change_lead_time" in shell(query())
            assert "<title>" in page(f"http://127.0.0.1:{port}")
            history.deploy(history.pull_request(datetime.now(UTC) - timedelta(days=2)))
            said = shell(export, imports)
            assert "4 pull requests, 4 merged; 5 deployments" in said
            eventually(lambda: counted(address, 4))


def page(address: str) -> str:
    """What a browser is given."""
    asked = urllib.request.Request(address, headers={"Accept": "text/html,*/*;q=0.8"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return str(answer.read().decode())


def test_a_clone_installs_itself(open_folder: Path) -> None:
    """`make install`, for real: that is what the other test has in its place."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no clone")
    clone = open_folder / "clone"
    for name in filter(None, listed.stdout.decode().split("\0")):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    done = subprocess.run(
        ["make", "install"], cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [".venv/bin/streamgauge", "import", "github", "--help"],
        cwd=clone, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "OWNER/REPO" in said.stdout


def counted(address: str, changes: int) -> Any:
    """The answer, once it has so many changes."""
    found = answered(address)
    return found if found is not None and found["n"] == changes else None


def answered(address: str) -> Any:
    """The answer, once there is one."""
    try:
        return get(address)
    except OSError:
        return None
