"""What the current builds hold, byte for byte, and whether anything is missing from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.sql import SQL, Composed, Identifier

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.replay.status import status
from streamgauge.stages import builds
from streamgauge_dora.facts import Delivery
from streamgauge_dora.linking import Links
from tests.helpers import stages

TABLES: Mapping[str, Sequence[str]] = {
    "cdevents": ("cdevents_events",),
    "delivery": Delivery.tables,
    "links": tuple(name for name in Links.tables if name != "moves"),
    "sums": ("sums",),
}


def contents(database: Database, *names: str) -> dict[str, bytes]:
    """The current builds' tables, byte for byte, with what belongs to each build beside them."""
    found: dict[str, bytes] = {}
    with database.snapshot() as cursor:
        for stage in names:
            build = builds.current(cursor, stage)
            queries = {
                table: SQL("select * from {} t order by t::text").format(
                    Identifier(f"{table}__{build.number}")
                )
                for table in TABLES[stage]
            }
            queries |= {
                f"{stage}, dead letters": SQL(
                    "select position, handler, handler_version, event_source, event_id, reason,"
                    " state, attempts from dead_letters where processor = {} order by 1, 2"
                ).format(build.reader),
                f"{stage}, position": SQL(
                    "select notification_id from streamgauge_tracking where application_name = {}"
                ).format(build.reader),
            }
            if stage == "cdevents":
                queries["states"] = SQL(
                    "select tenant, transformer, key_id, key, state, position"
                    " from transformer_states where build = {} order by 1, 2, 3"
                ).format(build.number)
            for name, query in queries.items():
                found[name] = copied(cursor, query)
    return found


def copied(cursor: Any, query: Composed) -> bytes:
    with cursor.copy(SQL("copy ({}) to stdout").format(query)) as copy:
        return b"".join(bytes(part) for part in copy)


def settled(database: Database, plugins: Plugins) -> bool:
    with database.snapshot() as cursor:
        found = status(cursor, stages(database, plugins))
    return all(stage.build and not stage.lag for stage in found)
