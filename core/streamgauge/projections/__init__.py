"""Projections: facts folded from the log of CDEvents; derived facts, made of them in SQL."""

from streamgauge.projections.derived import Changed, DerivedFacts
from streamgauge.projections.projection import Choices, Projection, Tables
from streamgauge.projections.rows import copy_rows
from streamgauge.streams.cdevents_log import RecordedCDEvent

__all__ = [
    "Changed",
    "Choices",
    "DerivedFacts",
    "Projection",
    "RecordedCDEvent",
    "Tables",
    "copy_rows",
]
