"""The table of what comes of which event is what the samples of the sources give.

`pytest tests/docs/test_coverage.py --golden=update` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamgauge.plugins import Plugins

from .coverage import NONE_OF_THEM, ROOT, Coverage, coverage, page, title

PAGE = ROOT / "docs/reference/coverage.md"


@pytest.fixture(scope="module")
def shown() -> Coverage:
    return coverage()


def test_the_page_is_what_the_samples_give(
    shown: Coverage, plugins: Plugins, golden: Callable[[Path, Any], None]
) -> None:
    golden(PAGE, page(shown, plugins))


def test_every_source_is_in_it(shown: Coverage, plugins: Plugins) -> None:
    bringing = {plugin.name for _, plugin in plugins.transformers.values()}
    assert bringing - NONE_OF_THEM <= set(shown)


def test_every_source_has_a_page_that_is_named(shown: Coverage) -> None:
    assert all(title(name) for name in shown)
