"""How long applies wait for somebody: from the end of the plan to a person's word."""

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

# All events of the runs that apply in the range, whenever they began to wait.
EVENTS: Final = """
select e.tenant, e.run, e.waits, e.at, e.service, e.environment
from {terraform_apply_events} e
where (e.tenant, hashtextextended(e.run, 0)) in (
    select a.tenant, hashtextextended(a.run, 0) from {terraform_apply_events} a
    where not a.waits and a.at >= %(since)s and a.at < %(until)s
      and a.tenant = any(%(tenants)s)
)
order by e.tenant, e.run, e.at, e.event_key
"""

REASONS: Final = {
    "not_waiting": "it applied by itself: nobody was asked",
    "applies_before_it_waits": "it applied before it waited: some clock is wrong",
}


class ApplyWait(Metric):
    """From the first time that a run waits to its last start of an apply; the median."""

    name = "apply_wait"
    title = "Apply wait"
    description = "How long Terraform's applies wait for somebody to confirm them."
    unit = "seconds"
    projection = "terraform_applies"

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricAnswer:
        """The median, for all and for each group."""
        name = self._by(query)
        return MetricAnswer(name, summed(applies(cursor, tables, query), query, median))

    def explain(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Definition,
    ) -> MetricExplanation:
        """The runs, and how long each waited."""
        name = self._by(query)
        result, told = explained(applies(cursor, tables, query), query, median)
        return MetricExplanation(name, result, told, REASONS)

    def _by(self, query: MetricQuery) -> str:
        query.only_by("service", "environment", "team", "tenant")
        return query.definition_among([self.name], self.name)


class ApplyEvent(NamedTuple):
    """A row of the facts."""

    tenant: str
    run: str
    waits: bool
    at: datetime
    service: str | None
    environment: str | None


def applies(cursor: Cursor[TupleRow], tables: Tables, query: MetricQuery) -> Iterator[Item]:
    """The applies that start in the range or the one before it, by run."""
    cursor.execute(
        SQL(EVENTS).format(**tables),
        {"tenants": list(query.tenants), "since": query.previous.start, "until": query.end},
    )
    events = (ApplyEvent(*row) for row in cursor)
    for _, its_events in groupby(events, lambda event: (event.tenant, event.run)):
        if (item := apply(list(its_events))) is not None:
            yield item


def apply(events: Sequence[ApplyEvent]) -> Item | None:
    """One run, of its events in the order of their times; None if it has not begun to apply."""
    waits = [event.at for event in events if event.waits]
    starts = [event for event in events if not event.waits]
    if not starts:
        return None
    last = starts[-1]
    seconds = (last.at - waits[0]).total_seconds() if waits else None
    reason = None
    if seconds is None:
        reason = "not_waiting"
    elif seconds < 0:
        reason = "applies_before_it_waits"
    dimensions = {
        "tenant": last.tenant,
        "service": last.service,
        "environment": last.environment,
    }
    return Item(last.at, dimensions, seconds, reason, {"run": last.run, "started_at": last.at})
