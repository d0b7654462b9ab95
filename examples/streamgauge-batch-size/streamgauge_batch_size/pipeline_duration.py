"""How long pipelines run: Python over the facts of a projection of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.metrics import (
    Definition,
    Item,
    Metric,
    MetricAnswer,
    MetricExplanation,
    MetricQuery,
    explained,
    median,
    summed,
)
from streamgauge.projections import Tables

# All events of the runs that end in the range, whenever the others are.
EVENTS: Final = """
select e.tenant, e.run, e.kind, e.at, e.outcome, e.repository
from {run_events} e
where (e.tenant, hashtextextended(e.run, 0)) in (
    select f.tenant, hashtextextended(f.run, 0) from {run_events} f
    where f.kind = 'pipelinerun.finished' and f.at >= %(since)s and f.at < %(until)s
      and f.tenant = any(%(tenants)s)
)
order by e.tenant, e.run, e.at, e.event_key
"""

REASONS: Final = {
    "not_successful": "it did not succeed: what ends early would look quick",
    "no_start": "no event tells when it started",
    "ends_before_it_begins": "it ends before it begins: some clock is wrong",
}


class PipelineDuration(Metric):
    """From the first start of a run to its last end, of runs that succeed; the median."""

    name = "pipeline_duration"
    title = "Pipeline duration"
    description = "How long pipelines run that succeed."
    unit = "seconds"
    projection = "pipeline_runs"

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """The median, for all and for each group."""
        name = self._by(query)
        return MetricAnswer(name, summed(runs(cursor, tables, query), query, median))

    def explain(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricExplanation:
        """The runs, and how long each took."""
        name = self._by(query)
        result, told = explained(runs(cursor, tables, query), query, median)
        return MetricExplanation(name, result, told, REASONS)

    def _by(self, query: MetricQuery) -> str:
        query.only_by("repository", "team", "tenant")
        return query.definition_among([self.name], self.name)


class RunEvent(NamedTuple):
    """A row of the facts."""

    tenant: str
    run: str
    kind: str
    at: datetime
    outcome: str | None
    repository: str | None


def runs(cursor: Cursor[TupleRow], tables: Tables, query: MetricQuery) -> Iterator[Item]:
    """The runs that end in the range or the one before it, by name."""
    cursor.execute(
        SQL(EVENTS).format(**tables),
        {"tenants": list(query.tenants), "since": query.previous.start, "until": query.end},
    )
    events = (RunEvent(*row) for row in cursor)
    for _, its_events in groupby(events, lambda event: (event.tenant, event.run)):
        if (item := run(list(its_events))) is not None:
            yield item


def run(events: Sequence[RunEvent]) -> Item | None:
    """One run, of its events in the order of their times; None if none of them is its end."""
    starts = [event.at for event in events if event.kind == "pipelinerun.started"]
    ends = [event for event in events if event.kind == "pipelinerun.finished"]
    if not ends:
        return None
    last = ends[-1]
    seconds = (last.at - starts[0]).total_seconds() if starts else None
    reason = None
    if last.outcome != "success":
        reason = "not_successful"
    elif seconds is None:
        reason = "no_start"
    elif seconds < 0:
        reason = "ends_before_it_begins"
    repository = next((event.repository for event in events if event.repository), None)
    dimensions = {"tenant": last.tenant, "repository": repository}
    return Item(last.at, dimensions, seconds, reason, {"run": last.run, "finished_at": last.at})
