"""A plugin of somebody else's, with a projection of changes: things made of several events."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.sql import SQL

from streamgauge import cdevents, hookimpl
from streamgauge.projections import Projection, Tables, copy_rows
from streamgauge.streams.cdevents_log import RecordedCDEvent
from tests.conftest import ROOT
from tests.helpers import START

CHANGE = "https://git.example/shop/pull/12/"
CREATED, REVIEWED, MERGED = (
    make(
        id=f"{number}", source="/git", timestamp=START + timedelta(hours=number), subject_id=CHANGE
    )
    for number, make in enumerate(
        (cdevents.change.created, cdevents.change.reviewed, cdevents.change.merged)
    )
)


class Changes(Projection):
    """Which events each change is made of; refuses the events that it is told to."""

    name = "changes"
    version = 1
    event_kinds = frozenset({"change.created", "change.reviewed", "change.merged"})
    tables: Sequence[str] = ("change_stories",)
    schema = "create table {change_stories} (tenant text, change text, key uuid, position bigint)"
    indexes = "create index on {change_stories} (tenant, hashtextextended(change, 0))"
    columns = (("tenant", "text"), ("change", "text"), ("key", "uuid"), ("position", "bigint"))
    refuses = ""
    trouble = staticmethod(lambda cursor: None)
    """What it does before it answers."""

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        if self.refuses in [recorded.event.id for recorded in events]:
            raise ValueError(f"not {self.refuses}")
        rows = [(e.tenant, e.event.subject_id, e.key, e.position) for e in events]
        copy_rows(cursor, tables["change_stories"], self.columns, rows)

    def events_of(
        self, cursor: Cursor[Any], tables: Tables, tenant: str, id: str
    ) -> Sequence[UUID]:
        self.trouble(cursor)
        cursor.execute(
            SQL(
                "select key from {} where tenant = %s"
                " and hashtextextended(change, 0) = hashtextextended(%s, 0) and change = %s"
            ).format(tables["change_stories"]),
            (tenant, id, id),
        )
        return [key for (key,) in cursor.fetchall()]


@hookimpl
def projections() -> Sequence[Projection]:
    return [Changes()]


def install(folder: Path) -> Mapping[str, str]:
    """Put the plugin into the folder as a distribution; the environment in which it is found."""
    metadata = folder / "changes-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: changes\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[streamgauge]\nchanges = tests.lineage.changes\n")
    paths = [str(folder), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}
