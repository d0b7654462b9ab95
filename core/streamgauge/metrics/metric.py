"""What a metric is, and what it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.metrics.query import MetricQuery
from streamgauge.projections.derived import MadeOfFacts
from streamgauge.projections.projection import Tables
from streamgauge.stages.builds import Definition


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """A metric's answer, without what the question and the position add to it.

    `result` has at least `value` (None where there is no data), `n` (how many items it is made
    of) and `buckets`; with group_by also `groups`, each with the same members.
    """

    definition: str
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MetricExplanation:
    """What a metric's answer over a range is made of.

    `result` has at least the answer's `value` and `n`. Each of `items` says whether it `counts`,
    and if not, why: `left_out` is a word whose meaning `reasons` tells.
    """

    definition: str
    result: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]
    reasons: Mapping[str, str]


class Metric(MadeOfFacts):
    """A query over the facts of one projection, over derived facts, and over tables made of them.
    Subclass it.

    Tables are for what would take long to work out at each question. A metric without any has
    nothing to be kept up, and another definition of it costs nothing.
    """

    title: str
    description: str
    unit: str
    """What `value` counts."""
    remembers: bool = False
    """Whether it answers sooner after a first question: then the service asks one as it starts."""
    overview: ClassVar[bool] = False
    """Whether it is among the few that are shown first, all at once."""
    better: ClassVar[Literal["more", "less"] | None] = None
    """Which change of its value is good news; None where that is nobody's to say."""

    def definitions(self) -> Sequence[str]:
        """The names that `query.definition` may have, for who picks one; none where it has but
        one. Raises SettingsError where they cannot be read."""
        return ()

    @abstractmethod
    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """The answer, from a snapshot; sets of events decide it, not their order.

        `tables` names its own and all below. `query.as_of` is the position of what it stands on:
        facts may be ahead of derived facts, and who reads both leaves out what is above it.
        """
        ...

    def depends_on(self, query: MetricQuery, definition: Definition) -> object:
        """What an answer depends on beside the question, the definition that its build was made
        with, the facts and the teams: the content of a file, say. Anything that JSON can hold.

        As long as it is the same, nobody is answered twice; cheap, since it is asked each time.
        """
        return None

    def explain(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricExplanation | None:
        """What the answer over the range of `query` is made of, and what it leaves out, always in
        the same order; None for a metric that cannot tell."""
        return None
