"""Three tiers, as small as can be: facts, derived facts, and metrics with and without tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL

from streamgauge.metrics import Metric, MetricAnswer, MetricQuery
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections import Changed, DerivedFacts, Projection, Tables
from streamgauge.stages import builds
from streamgauge.stages.builds import Definition
from streamgauge.streams.cdevents_log import RecordedCDEvent
from tests.helpers import plugins_with, rows


class Kept(Projection):
    """Keeps each deployment; refuses those of the services that it is told to."""

    name = "kept"
    version = 1
    event_kinds = frozenset({"service.deployed"})
    tables: Sequence[str] = ("kept",)
    schema = (
        "create table {kept} (tenant text, key uuid, service text, position bigint not null,"
        " primary key (tenant, key))"
    )
    concurrent = True

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)

    def apply(self, cursor: Cursor[Any], tables: Tables, events: Sequence[RecordedCDEvent]) -> None:
        for recorded in events:
            if recorded.event.subject_id in self.refused:
                raise ValueError("not this one")
            cursor.execute(
                SQL("insert into {} values (%s, %s, %s, %s)").format(tables["kept"]),
                (recorded.tenant, recorded.key, recorded.event.subject_id, recorded.position),
            )


class ByService(DerivedFacts):
    """How many deployments each service has."""

    name = "by_service"
    projection = "kept"
    tables: Sequence[str] = ("by_service",)
    schema = (
        "create table {by_service} (tenant text, service text, n bigint, position bigint not null,"
        " primary key (tenant, service))"
    )
    indexes = "create index on {by_service} (position)"
    views: Mapping[str, str] = {"by_service": "select service, n from {by_service}"}
    breaks = False
    refreshed: Sequence[Changed | None] = ()

    def refresh(
        self,
        cursor: Cursor[Any],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        self.refreshed = [*self.refreshed, changed]
        cursor.execute(
            SQL(
                "insert into {by_service} select tenant, service, count(*), max(position)"
                " from {kept} where (tenant, service) in (select tenant, service from {kept}"
                " where position > %s and position <= %s) group by tenant, service"
                " on conflict (tenant, service)"
                " do update set n = excluded.n, position = excluded.position"
            ).format(**tables),
            changed or (0, 2**60),
        )
        if self.breaks:
            raise ZeroDivisionError("by zero")


class Firsts(Metric):
    """The services with at least so many deployments, and where the first of each is; its rows are
    made of both tiers below it."""

    name = "firsts"
    title = description = unit = "services"
    projection = "by_service"
    tables: Sequence[str] = ("firsts",)
    schema = (
        "create table {firsts} (tenant text, service text, n bigint, first bigint,"
        " primary key (tenant, service))"
    )
    least = 1

    def definition(self) -> Definition:
        return {"name": f"at least {self.least}", "least": self.least}

    def refresh(
        self,
        cursor: Cursor[Any],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        since, upto = changed or (0, 2**60)
        cursor.execute(
            SQL(
                "insert into {firsts} select b.tenant, b.service, b.n, min(k.position)"
                " from {by_service} b join {kept} k"
                " on k.tenant = b.tenant and k.service = b.service and k.position <= b.position"
                " where b.position > %s and b.position <= %s and b.n >= %s"
                " group by b.tenant, b.service, b.n on conflict (tenant, service)"
                " do update set n = excluded.n, first = excluded.first"
            ).format(**tables),
            (since, upto, definition["least"]),
        )

    def answer(
        self, cursor: Cursor[Any], tables: Tables, query: MetricQuery, definition: Definition
    ) -> MetricAnswer:
        cursor.execute(SQL("select count(*) from {firsts}").format(**tables))
        row = cursor.fetchone()
        n = int(row[0]) if row else 0
        return MetricAnswer(definition["name"], {"value": n or None, "n": n, "buckets": []})


class Asked(Metric):
    """How many deployments there are, asked of both tiers below it."""

    name = "asked"
    title = description = unit = "deployments"
    projection = "by_service"
    views: Mapping[str, str] = {"asked": "select service from {by_service}"}
    leaves_out = "nobody"

    def definition(self) -> Definition:
        return {"name": f"without {self.leaves_out}", "leaves_out": self.leaves_out}

    def answer(
        self, cursor: Cursor[Any], tables: Tables, query: MetricQuery, definition: Definition
    ) -> MetricAnswer:
        assert query.as_of is not None
        cursor.execute(
            SQL(
                "select (select coalesce(sum(n), 0) from {by_service} where service <> %(out)s),"
                " (select count(*) from {kept} where service <> %(out)s and position <= %(as_of)s)"
            ).format(**tables),
            {"out": definition["leaves_out"], "as_of": query.as_of},
        )
        row = cursor.fetchone()
        assert row is not None
        n = int(row[0])
        result = {"value": n or None, "n": n, "facts": int(row[1]), "buckets": []}
        return MetricAnswer(definition["name"], result)


def three_tiers(*more: Any, kept: Kept | None = None, by_service: Any = None) -> Plugins:
    """Plugins that bring all of them, and more metrics or these in place of the metrics."""
    return plugins_with(
        projections=[kept or Kept(), by_service or ByService()],
        metrics=more or [Firsts(), Asked()],
    )


TABLES = {
    "kept": "key, service, position",
    "by_service": "service, n, position",
    "firsts": "service, n, first",
}


def tables(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the current builds."""
    with database.transaction() as cursor:
        numbers = {name: builds.current(cursor, name).number for name in TABLES}
    return {
        name: rows(database, f"select {columns} from {name}__{numbers[name]} order by 1")
        for name, columns in TABLES.items()
    }
