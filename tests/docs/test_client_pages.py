"""What the pages about the client show runs, against a service."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.client import Client
from tests.client.story import running
from tests.service import Service

DOCS = Path(__file__).parents[2] / "docs"
CODE = re.compile(r"^( *)```python\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
QUERIES = re.compile(r"^ +(streamgauge query .*)$", re.MULTILINE)


def blocks() -> list[str]:
    pages = [DOCS / "reference/client.md", DOCS / "how-to/ask-from-a-script.md"]
    return [textwrap.dedent(code) for page in pages for _, code in CODE.findall(page.read_text())]


def commands() -> list[str]:
    pages = [DOCS / "reference/command-line.md", DOCS / "how-to/ask-from-a-script.md"]
    return [command for page in pages for command in QUERIES.findall(page.read_text())]


@pytest.fixture(scope="module")
def told(server_url: str) -> Iterator[Service]:
    with running(server_url) as service:
        yield service


def done(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "STREAMGAUGE_URL": f"http://127.0.0.1:{service.port}"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=env, check=False
    )


@pytest.mark.parametrize("number", range(len(blocks())))
def test_the_code_runs(told: Service, number: int, tmp_path: Path) -> None:
    file = tmp_path / "block.py"
    file.write_text(blocks()[number])
    found = done(told, "-W", "error", str(file))
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("command", commands())
def test_the_commands_run(told: Service, command: str) -> None:
    found = done(told, "-m", *shlex.split(command))
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout


def test_every_method_is_on_the_page() -> None:
    page = (DOCS / "reference/client.md").read_text()
    methods = [name for name in vars(Client) if not name.startswith("_")]
    assert len(methods) > 10
    for name in methods:
        assert f"`{name}(" in page, name
