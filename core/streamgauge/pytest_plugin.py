"""The pytest plugin that comes with Streamgauge: the option ``--golden`` and its fixture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamgauge.testing.golden import Mode, compare


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--golden``."""
    parser.getgroup("streamgauge").addoption(
        "--golden",
        choices=[mode.value for mode in Mode],
        default=Mode.CHECK.value,
        help="compare with golden files (check), show every difference (review), or write them "
        "anew (update)",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Compares something JSON-like with a golden file, as ``--golden`` says."""
    mode = Mode(request.config.getoption("--golden"))
    return lambda file, made: compare(file, made, mode)
