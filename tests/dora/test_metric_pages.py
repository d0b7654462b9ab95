"""What each definition makes of the example stands on the metrics' pages as it is computed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import PRESETS, ask
from tests.dora.example import events
from tests.dora.world import World

PAGES = Path(__file__).parents[2] / "docs/metrics"
FIVE = sorted(page.stem for page in PAGES.glob("*_*.md"))
_ROW = re.compile(r"^\| `([\w-]+)` \| (.+?) \| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("metric", FIVE)
def test_the_table_of_definitions(shared_database: Database, metric: str) -> None:
    world = World(shared_database)
    world.tell(events())
    rows = {name: (value, int(n), band) for name, value, n, band, _ in rows_of(metric)}
    found = {}
    for preset in PRESETS:
        answer = ask(world, metric, definition=preset, from_="2026-01-05", to="2026-01-26")
        band = answer["band"]
        found[preset] = (written(metric, preset, answer["value"]), answer["n"], str(band or "none"))
    assert rows == found


def test_there_is_a_page_for_each() -> None:
    assert len(FIVE) == 5


def rows_of(metric: str) -> list[tuple[str, ...]]:
    """The rows of the page's table."""
    return _ROW.findall((PAGES / f"{metric}.md").read_text())


def written(metric: str, preset: str, value: Any) -> str:
    """A value as the pages write it."""
    if value is None:
        return "null"
    if metric in ("change_lead_time", "failed_deployment_recovery_time"):
        return f"{value / 3600:.4g} h"
    percent = preset in ("cdviz", "middleware") and metric == "change_fail_rate"
    return f"{value:.3g}" + (" %" if percent else "")
