"""What a metric is, and what it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.metrics.query import MetricQuery
from streamgauge.projections.projection import NO_VIEWS, Tables
from streamgauge.stages.builds import Definition


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """A metric's answer, without what the question and the position add to it.

    `result` has at least `value` (None where there is no data), `n` (how many items it is made
    of) and `buckets`; with group_by also `groups`, each with the same members.
    """

    definition: str
    result: Mapping[str, Any]


class Changed(NamedTuple):
    """The facts whose `position` is above `since` and not above `upto` have changed."""

    since: int
    upto: int


@runtime_checkable
class Metric(Protocol):
    """A query over the facts of one projection, and over tables made of them. Subclass it.

    Tables are for what would take long to work out at each question. They are a function of the
    facts and the definition; each build of them has names of its own.
    """

    name: str
    """What it is called in URLs and commands; unique over all plugins and projections."""
    title: str
    description: str
    unit: str
    """What `value` counts."""
    projection: str
    """The projection whose facts it is made of."""
    version: int = 1
    """Raise it when `schema` or `refresh` change meaning; the tables are then made anew."""
    tables: Sequence[str] = ()
    """The names of its tables, other than the projection's."""
    schema: str = ""
    """SQL that creates them, each written as ``{name}``; keys start with the tenant."""
    indexes: str = ""
    """SQL that creates their indexes; a replay does it after it has filled the tables."""
    views: Mapping[str, str] = NO_VIEWS
    """Public views by name: a SELECT over ``{name}``."""

    def definition(self) -> Definition:
        """The definition as it is configured now: what it counts, as data.

        A build keeps the one that it was made with, and is asked with that until another one takes
        its place. Raises SettingsError where it cannot be read.
        """
        return {}

    def refresh(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        """Bring its tables up to the facts, which `tables` names too.

        `changed` says which facts may have changed since the last time; None: the tables are
        empty, and all of them are to be made. Set-based SQL does a million facts in a second.
        """

    @abstractmethod
    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """The answer, from a snapshot; sets of events decide it, not their order."""
        ...
