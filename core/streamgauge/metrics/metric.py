"""What a metric is, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.metrics.query import MetricQuery
from streamgauge.projections.projection import Tables


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """A metric's answer, without what the question and the position add to it.

    `result` has at least `value` (None where there is no data), `n` (how many items it is made
    of) and `buckets`; with group_by also `groups`, each with the same members.
    """

    definition: str
    result: Mapping[str, Any]


@runtime_checkable
class Metric(Protocol):
    """A query over one projection's tables."""

    name: str
    """What it is called in URLs; unique over all plugins."""
    title: str
    description: str
    unit: str
    """What `value` counts."""
    projection: str
    """The projection whose tables it reads."""

    def answer(self, cursor: Cursor[TupleRow], tables: Tables, query: MetricQuery) -> MetricAnswer:
        """The answer, from a snapshot; sets of events decide it, not their order."""
        ...
