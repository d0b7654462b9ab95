"""How far each stage is, how fast, who holds it, and what it could not handle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from streamgauge.errors import SettingsError
from streamgauge.postgres.connection import SCHEMA
from streamgauge.processors.dead_letters import OPEN
from streamgauge.processors.lease import LOCK_CLASS, REPLAY
from streamgauge.replay.chain import CDEVENTS, Stages
from streamgauge.stages import builds, requests
from streamgauge.stages.builds import Build, Definition
from streamgauge.stages.requests import Replay
from streamgauge.stages.stage import Stage
from streamgauge.streams import cdevents_log, cloudevents_log


@dataclass(frozen=True, slots=True)
class StageStatus:
    """One stage: the log of CDEvents, a projection's facts, derived facts, or a metric."""

    name: str
    reads: str
    """The log, the projection or the derived facts that it reads."""
    build: int | None
    """The current build; None before the first start."""
    version: int | None
    """The version of the code that made the build."""
    definition: str | None
    """The name of the definition that made it, of a metric."""
    replay_due: str | None
    """Why the build is not what would be made today; None where it is."""
    definition_error: str | None
    """Why what is configured cannot be read: a definition, the routing table. None where it can."""
    position: int
    head: int
    lag: int
    """How many events of what it reads come after the position."""
    lag_seconds: float
    """For how long the oldest of these has been waiting; 0 without any."""
    rate: float
    """Events a second, over about the last half minute."""
    holder: str | None
    """Which process holds the lease: its role, host and process id. None: nobody is at work."""
    parked: int
    """How many of its dead letters are not handled."""
    blocked: str | None
    """What it has stopped at, if it has."""
    replay: dict[str, Any] | None
    """Its last replay; one that is at work has step, position and head. None too where it failed
    and its tables were swapped since."""

    def as_json(self) -> dict[str, Any]:
        """The fields, for an answer."""
        return asdict(self)


def status(cursor: Cursor[TupleRow], stages: Stages) -> list[StageStatus]:
    """Every stage, each after what it reads; all from the cursor's snapshot."""
    return [_status(cursor, stage) for stage in stages]


def _status(cursor: Cursor[TupleRow], stage: Stage) -> StageStatus:
    build = builds.find(cursor, stage.name, "current")
    position = stage.position(cursor, build) if build else 0
    head = stage.head(cursor, build) if build else _log_head(cursor)
    last = requests.newest(cursor, stage.name)
    configured, error = _configured(stage)
    parked, blocked = _dead_letters(cursor, build)
    return StageStatus(
        name=stage.name,
        reads=stage.source or "cloudevents",
        build=build.number if build else None,
        version=build.version if build else None,
        definition=(build.definition or {}).get("name") if build else None,
        replay_due=_why_due(cursor, stage, build, configured, readable=error is None),
        definition_error=error or stage.complaint(),
        position=position,
        head=head,
        lag=max(0, head - position),
        lag_seconds=round(_waiting(cursor, stage, build, position), 3) if head > position else 0.0,
        rate=round(stage.positions.rate(cursor, build.reader), 1) if build else 0.0,
        holder=_holder(cursor, stage.name),
        parked=parked,
        blocked=blocked,
        replay=None if last is None or _is_past(cursor, last) else _shown(cursor, last),
    )


def _log_head(cursor: Cursor[TupleRow]) -> int:
    """The newest CDEvent: all of them are before one who has not started."""
    cursor.execute("select coalesce(max(notification_id), 0) from cdevents_events")
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _configured(stage: Stage) -> tuple[Definition | None, str | None]:
    """The definition, or why it cannot be read."""
    try:
        return stage.definition(), None
    except SettingsError as error:
        return None, str(error)


def _why_due(
    cursor: Cursor[TupleRow],
    stage: Stage,
    build: Build | None,
    configured: Definition | None,
    *,
    readable: bool,
) -> str | None:
    if build is None:
        return None
    source = builds.find(cursor, build.source or "", "current")
    if source is not None and source.number != build.source_build:
        return f"it reads build {build.source_build} of {build.source}, which was replaced"
    if not build.filled:
        return "facts have come late that are not in it"
    if build.source != stage.source:
        return f"it was made of {build.source}, and is to be of {stage.source}"
    if build.version != stage.version:
        return f"version {build.version} made it, {stage.version} is installed; it stands still"
    if not readable or configured == build.definition:
        return None
    if stage.name == CDEVENTS:
        return _other_transformers(build.definition or {}, configured or {})
    return "the configured definition is another"


def _other_transformers(before: Any, now: Any) -> str | None:
    old, new = before.get("transformers", {}), now.get("transformers", {})
    changed = [f"{n} {old[n]} -> {new[n]}" for n in sorted(old) if n in new and old[n] != new[n]]
    return f"begun with other transformers: {', '.join(changed)}" if changed else None


def _waiting(cursor: Cursor[TupleRow], stage: Stage, build: Build | None, position: int) -> float:
    """How long ago the first event after the position was recorded, in seconds."""
    table = cloudevents_log.TABLE if stage.source is None else cdevents_log.TABLE
    cursor.execute(
        SQL(
            "select extract(epoch from clock_timestamp() - recorded_at)::float8 from {}"
            " where notification_id > %s order by notification_id limit 1"
        ).format(Identifier(SCHEMA, table)),
        (position,),
    )
    row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else 0.0


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


def _dead_letters(cursor: Cursor[TupleRow], build: Build | None) -> tuple[int, str | None]:
    if build is None:
        return 0, None
    cursor.execute(
        "select count(*), min(reason) filter (where state = 'blocking') from dead_letters"
        " where processor = %s and state = any(%s)",
        (build.reader, list(OPEN)),
    )
    row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, None)


def _is_past(cursor: Cursor[TupleRow], replay: Replay) -> bool:
    """Whether it failed, and another has swapped in a build of the stage since."""
    if replay.state != "failed":
        return False
    cursor.execute(
        "select from builds where stage = %s and state = 'current' and changed_at > %s",
        (replay.stage, replay.changed_at),
    )
    return cursor.rowcount > 0


def _shown(cursor: Cursor[TupleRow], replay: Replay) -> dict[str, Any]:
    found = replay.as_json()
    del found["result"]  # a comparison may be long; it has an address of its own
    if replay.state == "running" and replay.asked_by == "command" and not _holder(cursor, REPLAY):
        found["state"] = "interrupted"
    return found


def conflicts(cursor: Cursor[TupleRow]) -> int:
    """How many events were kept out of the log for having another's source and id."""
    cursor.execute("select count(*) from conflicts")
    row = cursor.fetchone()
    return int(row[0]) if row else 0
