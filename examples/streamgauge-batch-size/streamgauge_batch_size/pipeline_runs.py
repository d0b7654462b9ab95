"""Facts of pipelines: a projection straight over CDEvents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge import CDEvent
from streamgauge.projections import Projection, RecordedCDEvent, Tables, copy_rows


class PipelineRuns(Projection):
    """When runs of pipelines started and finished: a row for each event, whichever comes first."""

    name = "pipeline_runs"
    version = 1
    event_kinds = frozenset({"pipelinerun.started", "pipelinerun.finished"})
    tables: Sequence[str] = ("run_events",)
    schema = """
    create table {run_events} (
        tenant text not null,
        event_key uuid not null,
        run text not null,
        kind text not null,
        at timestamptz not null,
        outcome text,
        repository text,
        position bigint not null
    );
    """
    # A run may be called by a name that is too long for an index entry: its hash never is.
    indexes = """
    alter table {run_events} add primary key (tenant, event_key);
    create index on {run_events} (hashtextextended(run, 0));
    create index on {run_events} (at) where kind = 'pipelinerun.finished';
    create index on {run_events} (position);
    """
    concurrent = True

    columns = (
        ("tenant", "text"),
        ("event_key", "uuid"),
        ("run", "text"),
        ("kind", "text"),
        ("at", "timestamptz"),
        ("outcome", "text"),
        ("repository", "text"),
        ("position", "bigint"),
    )

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Add the rows of the events."""
        rows = [_row(recorded, recorded.event) for recorded in events]
        copy_rows(cursor, tables["run_events"], self.columns, rows)

    def events_of(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        tenant: str,
        id: str,  # noqa: A002
    ) -> Sequence[UUID]:
        """The events of a run, so that `streamgauge lineage` leads down to them."""
        cursor.execute(
            SQL(
                "select event_key from {} where tenant = %s"
                " and hashtextextended(run, 0) = hashtextextended(%s, 0) and run = %s"
            ).format(tables["run_events"]),
            (tenant, id, id),
        )
        return [key for (key,) in cursor]


def _row(recorded: RecordedCDEvent, event: CDEvent) -> tuple[Any, ...]:
    repository = event.custom_data.get("repository")
    return (
        recorded.tenant,
        recorded.key,
        event.subject_id,
        recorded.kind,
        event.timestamp,
        event.content.get("outcome"),
        # customData may hold anything, and U+0000, which no column can.
        repository if isinstance(repository, str) and "\0" not in repository else None,
        recorded.position,
    )
