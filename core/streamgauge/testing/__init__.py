"""What the tests of a plugin are made with. It needs pytest and hypothesis: the extra ``testing``.

docs/reference/testing.md describes it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamgauge.routing.offline import Offline
    from streamgauge.sources.captured import Case, read_cases, read_delivery
    from streamgauge.testing.app import App
    from streamgauge.testing.conformance import SourceConformance
    from streamgauge.testing.golden import Differs, Mode, compare
    from streamgauge.testing.mutation import mutated
    from streamgauge.testing.postgres import Postgres
    from streamgauge.testing.scenario import event, projection, transformer
    from streamgauge.testing.strategies import cdevents, cloudevents

_HOMES = {
    "App": "streamgauge.testing.app",
    "Case": "streamgauge.sources.captured",
    "Differs": "streamgauge.testing.golden",
    "Mode": "streamgauge.testing.golden",
    "Offline": "streamgauge.routing.offline",
    "Postgres": "streamgauge.testing.postgres",
    "SourceConformance": "streamgauge.testing.conformance",
    "cdevents": "streamgauge.testing.strategies",
    "cloudevents": "streamgauge.testing.strategies",
    "compare": "streamgauge.testing.golden",
    "event": "streamgauge.testing.scenario",
    "mutated": "streamgauge.testing.mutation",
    "projection": "streamgauge.testing.scenario",
    "read_cases": "streamgauge.sources.captured",
    "read_delivery": "streamgauge.sources.captured",
    "transformer": "streamgauge.testing.scenario",
}

__all__ = [
    "App",
    "Case",
    "Differs",
    "Mode",
    "Offline",
    "Postgres",
    "SourceConformance",
    "cdevents",
    "cloudevents",
    "compare",
    "event",
    "mutated",
    "projection",
    "read_cases",
    "read_delivery",
    "transformer",
]


def __getattr__(name: str) -> Any:
    # The pytest plugin is in every run of pytest; hypothesis need not be.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
