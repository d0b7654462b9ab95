"""Facts of applies: a projection of the events of this package's own types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge import CDEvent
from streamgauge.projections import Projection, RecordedCDEvent, Tables, copy_rows
from streamgauge_terraform.runs import APPLYING, WAITING


def _kind(custom_type: str) -> str:
    """A custom type without its version, as projections name it."""
    return custom_type.removesuffix(".0.1.0")


class Applies(Projection):
    """When runs began to wait and to apply: a row for each event, whichever comes first."""

    name = "terraform_applies"
    version = 1
    event_kinds = frozenset({_kind(WAITING), _kind(APPLYING)})
    tables: Sequence[str] = ("terraform_apply_events",)
    schema = """
    create table {terraform_apply_events} (
        tenant text not null,
        event_key uuid not null,
        run text not null,
        waits boolean not null,
        at timestamptz not null,
        service text,
        environment text,
        position bigint not null
    );
    """
    # Anybody may send such events, of a run whose name is too long for an index: its hash is not.
    indexes = """
    alter table {terraform_apply_events} add primary key (tenant, event_key);
    create index on {terraform_apply_events} (hashtextextended(run, 0));
    create index on {terraform_apply_events} (at) where not waits;
    create index on {terraform_apply_events} (position);
    """
    concurrent = True

    columns = (
        ("tenant", "text"),
        ("event_key", "uuid"),
        ("run", "text"),
        ("waits", "boolean"),
        ("at", "timestamptz"),
        ("service", "text"),
        ("environment", "text"),
        ("position", "bigint"),
    )

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Add the rows of the events."""
        rows = [_row(recorded, recorded.event) for recorded in events]
        copy_rows(cursor, tables["terraform_apply_events"], self.columns, rows)

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
            ).format(tables["terraform_apply_events"]),
            (tenant, id, id),
        )
        return [key for (key,) in cursor]


def _row(recorded: RecordedCDEvent, event: CDEvent) -> tuple[Any, ...]:
    return (
        recorded.tenant,
        recorded.key,
        event.subject_id,
        recorded.kind == _kind(WAITING),
        event.timestamp,
        _name(event.content.get("service")),
        _name(event.content.get("environment")),
        recorded.position,
    )


def _name(value: object) -> str | None:
    """A custom event may hold anything, and U+0000, which no column can."""
    return value if isinstance(value, str) and "\0" not in value else None
