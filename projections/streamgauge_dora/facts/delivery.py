"""The projection `delivery`: each CDEvent becomes the rows that say what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.projections import Choices, Projection, Tables, copy_rows
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts import (
    artifacts,
    changes,
    choices,
    commits,
    deployments,
    given,
    incidents,
    lineage,
)
from streamgauge_dora.facts.table import FactTable

_TABLES: Final[Sequence[FactTable]] = (
    deployments.TABLE,
    deployments.COMMITS,
    changes.TABLE,
    commits.TABLE,
    incidents.TABLE,
    artifacts.TABLE,
    given.TABLE,
)

Row = tuple[FactTable, tuple[Any, ...]]
Rows = dict[str, list[tuple[Any, ...]]]
"""Table -> the rows that are to be added to it."""


class Delivery(Projection):
    """Deployments, changes, commits, incidents, artifacts, and the links that events state.

    Rows are only ever added, each by one event, so the order in which they come changes nothing.
    """

    name = "delivery"
    version = 4
    event_kinds = frozenset(
        {
            *deployments.KINDS,
            *changes.KINDS,
            *incidents.KINDS,
            *artifacts.KINDS,
            commits.PUSHED,
            given.CORRECTED,
        }
    )
    tables: Sequence[str] = tuple(table.name for table in _TABLES)
    schema = "\n".join(table.schema for table in _TABLES)
    indexes = "\n".join(table.indexes for table in _TABLES)
    views: Mapping[str, str] = {
        "deployments": deployments.SUCCESSFUL,
        "deployment_attempts": deployments.ATTEMPTS,
    }
    concurrent = True

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Add the rows of the events."""
        found: Rows = defaultdict(list)
        # Made while Postgres takes in those before: of deployments there are most.
        deployed = _sorted_out(events, found)
        for first in deployed:
            table = deployments.TABLE
            copy_rows(cursor, tables[table.name], table.columns, chain((first,), deployed))
        for table in _TABLES:
            if rows := found.get(table.name):
                copy_rows(cursor, tables[table.name], table.columns, rows)

    def events_of(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        tenant: str,
        id: str,  # noqa: A002
    ) -> Sequence[UUID]:
        """Of a deployment, a change, a commit, an incident or an artifact."""
        return lineage.events_of(cursor, tables, tenant, id)

    def choices(self, cursor: Cursor[TupleRow], tables: Tables, tenants: Sequence[str]) -> Choices:
        """The services and environments of deployments."""
        return choices.choices(cursor, tables, tenants)


def _sorted_out(events: Iterable[RecordedCDEvent], found: Rows) -> Iterator[tuple[Any, ...]]:
    """The rows of deployments; all others are added to `found`."""
    for recorded in events:
        if recorded.kind not in deployments.KINDS:
            for table, row in _rows(recorded):
                found[table.name].append(row)
            continue
        event = recorded.event
        extra = event.custom_data
        yield deployments.row(recorded, event, extra)
        if "commits" in extra:
            found[deployments.COMMITS.name] += deployments.commits(recorded, extra)
        if not given.SAID.isdisjoint(extra) or "links" in event.document["context"]:
            found[given.TABLE.name] += given.of_deployment(recorded, event)


def _rows(recorded: RecordedCDEvent) -> Iterator[Row]:
    event = recorded.event
    kind = recorded.kind
    if kind in changes.KINDS:
        yield changes.TABLE, changes.row(recorded, event)
        if kind == "change.merged":
            yield from ((commits.TABLE, row) for row in commits.merged(recorded, event))
    elif kind in incidents.KINDS:
        yield incidents.TABLE, incidents.row(recorded, event)
        yield from ((given.TABLE, row) for row in given.of_incident(recorded, event))
    elif kind in artifacts.KINDS:
        yield from ((artifacts.TABLE, row) for row in artifacts.rows(recorded, event))
    elif kind == commits.PUSHED:
        yield from ((commits.TABLE, row) for row in commits.pushed(recorded, event))
    else:
        yield from ((given.TABLE, row) for row in given.correction(recorded, event))
