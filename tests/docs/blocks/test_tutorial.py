"""The tutorial, from its first command to its last, with the demo that it is about."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.plugins import Plugins
from streamgauge.postgres.embedded import find_binaries
from tests.demo.process import Demo, a_free_port, running
from tests.docs.blocks.live import Live
from tests.docs.blocks.loose import is_like
from tests.docs.blocks.pages import blocks_of
from tests.docs.blocks.runs import Run
from tests.service import Service

PAGE = "docs/tutorial.md"
MAKE = """
make() {{
    case "$*" in
        demo) cat {folder}/said ;;
        "demo ONCE=1")
            kill -INT {process}
            until grep -q ") Z " /proc/{process}/stat; do sleep 0.1; done
            env -u DATABASE_URL "$PYTHON" -m streamgauge demo --once 2>&1 ;;
    esac
}}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_binaries(os.environ), reason="there is no PostgreSQL to run"),
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the account of the embedded server can reach, unlike root's tmp_path."""
    with tempfile.TemporaryDirectory(prefix="sg-tutorial-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    with running(folder, port=a_free_port()) as demo:
        demo.wait_for("serving until Ctrl-C")
        yield demo


def test_the_tutorial(demo: Demo, folder: Path, plugins: Plugins, tmp_path: Path) -> None:
    port = demo.wait_for(r"http://127\.0\.0\.1:(\d+)")[1]
    [url] = re.findall(r"psql '(.+)'", demo.shown)
    environ = {
        "XDG_DATA_HOME": str(folder / "share"),
        "STREAMGAUGE_DATA_DIR": str(folder / "data"),
        "STREAMGAUGE_PORT": port,
    }
    # As a terminal shows it: the table is printed before the last line of what is said.
    said, serving, rest = demo.said.rpartition(f"http://127.0.0.1:{port}: serving")
    (folder / "said").write_text(said + demo.shown + serving + rest)
    service = Service(url, demo.process, environ, port=int(port))
    live = Live(service, url, folder, environ)
    with Run.of(PAGE, live, plugins, tmp_path, url) as run:
        run.let("postgresql:///streamgauge_demo?host=...", url)
        run.shell.run(MAKE.format(folder=folder, process=demo.process.pid))
        for block in blocks_of(PAGE):
            run.block(block)


def test_the_table_of_the_readme(demo: Demo) -> None:
    [table] = [
        each.text for each in blocks_of("README.md") if re.match("service +90 days", each.text)
    ]
    assert is_like(table.strip(), demo.shown)
