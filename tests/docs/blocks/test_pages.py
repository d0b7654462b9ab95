"""Every code block of every page is run, or checked as what it says that it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge.plugins import Plugins
from tests.conftest import fresh_database
from tests.docs.blocks.live import Live
from tests.docs.blocks.pages import Block, blocks_of, pages
from tests.docs.blocks.runs import SERVES, Run

APART = {"docs/tutorial.md"}
"""Pages that have a module of their own."""
PAGES = [page for page in pages() if blocks_of(page) and page not in APART]


@pytest.fixture(scope="module")
def live(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with fresh_database(server_url) as url:
        with Live.running(url, tmp_path_factory.mktemp("etc")) as live:
            live.tell()
            yield live


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page(
    page: str, live: Live, plugins: Plugins, tmp_path: Path, database_url: str
) -> None:
    blocks = blocks_of(page)
    with Run.of(page, live, plugins, tmp_path, database_url) as run:
        if any(_serves(block) for block in blocks):
            run.serves()
        for block in blocks:
            run.block(block)


def _serves(block: Block) -> bool:
    run = block.all_of("run")
    return any(SERVES.search(text) for text in [*run, *[block.text] * (block.language == "sh")])
