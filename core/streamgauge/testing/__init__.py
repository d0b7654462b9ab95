"""What the tests of a plugin are made with. It needs pytest and hypothesis: the extra ``testing``.

docs/reference/testing.md describes it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamgauge.sources.captured import Case, read_cases, read_delivery
    from streamgauge.testing.conformance import SourceConformance
    from streamgauge.testing.golden import Differs, Mode, compare
    from streamgauge.testing.mutation import mutated

__all__ = [
    "Case",
    "Differs",
    "Mode",
    "SourceConformance",
    "compare",
    "mutated",
    "read_cases",
    "read_delivery",
]

_HOMES = {
    "Case": "streamgauge.sources.captured",
    "Differs": "streamgauge.testing.golden",
    "Mode": "streamgauge.testing.golden",
    "SourceConformance": "streamgauge.testing.conformance",
    "compare": "streamgauge.testing.golden",
    "mutated": "streamgauge.testing.mutation",
    "read_cases": "streamgauge.sources.captured",
    "read_delivery": "streamgauge.sources.captured",
}


def __getattr__(name: str) -> Any:
    # The pytest plugin is in every run of pytest; hypothesis need not be.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
