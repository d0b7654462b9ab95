"""How far each processor is, who holds it, and what it could not handle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors.lease import LOCK_CLASS
from streamgauge.projections import builds
from streamgauge.streams import cdevents_log, cloudevents_log
from streamgauge.streams.positions import Positions
from streamgauge.streams.recorder import StreamRecorder


@dataclass(frozen=True, slots=True)
class ProcessorStatus:
    """One processor: the router, or a projection."""

    name: str
    reads: str
    """The log it reads: cloudevents or cdevents."""
    build: int | None
    """The current build of a projection; None for the router and before the first start."""
    version: int | None
    """The version of the projection that made the build."""
    replay_due: bool
    """Whether the installed version of the projection differs from the build's."""
    position: int
    head: int
    lag: int
    """How many events of the log come after the position."""
    holder: str | None
    """Which process holds the lease: its role, host and process id. None: nobody is at work."""
    parked: int
    """How many of its dead letters wait for somebody."""

    def as_json(self) -> dict[str, Any]:
        """The fields, for an answer."""
        return asdict(self)


def processors(
    cursor: Cursor[TupleRow], database: Database, plugins: Plugins
) -> list[ProcessorStatus]:
    """The router first, then the projections by name; all from the cursor's snapshot."""
    positions = Positions(database.datastore)
    found = [
        _status(cursor, positions, database, "router", "router", cloudevents_log.TABLE, "router")
    ]
    for name, projection in sorted(plugins.projections.items()):
        build = builds.find(cursor, name, "current")
        found.append(
            _status(
                cursor,
                positions,
                database,
                name,
                build.reader if build else name,
                cdevents_log.TABLE,
                f"projection {name}",
                build=build.number if build else None,
                version=build.version if build else None,
                replay_due=build is not None and build.version != projection.version,
            )
        )
    return found


def _status(
    cursor: Cursor[TupleRow],
    positions: Positions,
    database: Database,
    name: str,
    reader: str,
    table: str,
    lease: str,
    *,
    build: int | None = None,
    version: int | None = None,
    replay_due: bool = False,
) -> ProcessorStatus:
    recorder = StreamRecorder(database.datastore, events_table_name=table)
    position = positions.position(cursor, reader)
    return ProcessorStatus(
        name=name,
        reads=table.removesuffix("_events"),
        build=build,
        version=version,
        replay_due=replay_due,
        position=position,
        head=recorder.head(cursor),
        lag=recorder.count_after(cursor, position),
        holder=_holder(cursor, lease),
        parked=_parked(cursor, reader),
    )


def _holder(cursor: Cursor[TupleRow], lease: str) -> str | None:
    cursor.execute(
        "select a.application_name from pg_locks l join pg_stat_activity a using (pid)"
        " where l.locktype = 'advisory' and l.granted and l.objsubid = 2"
        " and l.database = (select oid from pg_database where datname = current_database())"
        " and l.classid = %s and l.objid::bigint = (hashtext(%s)::bigint & 4294967295)",
        (LOCK_CLASS, lease),
    )
    row = cursor.fetchone()
    return str(row[0]).removeprefix("streamgauge ") if row else None


def _parked(cursor: Cursor[TupleRow], reader: str) -> int:
    cursor.execute(
        "select count(*) from dead_letters where processor = %s and state in ('parked', 'queued')",
        (reader,),
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def conflicts(cursor: Cursor[TupleRow]) -> int:
    """How many events were kept out of the log for having another's source and id."""
    cursor.execute("select count(*) from conflicts")
    row = cursor.fetchone()
    return int(row[0]) if row else 0
