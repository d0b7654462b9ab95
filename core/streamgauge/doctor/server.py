"""What is wrong with Postgres: its tables, its clock, its disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.doctor.finding import Finding
from streamgauge.errors import SchemaError
from streamgauge.postgres.migrate import check, is_current
from streamgauge.settings import Settings

SKEW_SECONDS = 5.0
LEAST_FREE = 1 << 30
LEAST_SHARE = 0.05


class Usage(NamedTuple):
    """Bytes of a disk."""

    total: int
    used: int
    free: int


def unreachable(error: Exception) -> Finding:
    """Postgres cannot be used."""
    return Finding(
        "no-postgres",
        str(error),
        "database_url",
        "start it, or set DATABASE_URL to one that runs; without it the embedded one is used",
    )


def archived_elsewhere(cursor: Cursor[TupleRow], settings: Settings) -> Iterator[Finding]:
    """Payloads are archived, and nothing says where."""
    if settings.archive_dir is not None:
        return
    cursor.execute(
        "select notification_id from cloudevents_events where archived is not null"
        " order by notification_id desc limit 1"
    )
    for (position,) in cursor.fetchall():
        yield Finding(
            "archive-unnamed",
            f"payloads up to position {position:,} are archived: an export and a replay from the"
            " log of CloudEvents do not find them",
            "archive_dir",
            "set archive_dir to the archive's folder",
        )


def not_allowed(error: Exception) -> Finding:
    """The role that it asks Postgres by may not look at all of it."""
    return Finding(
        "role-may-not-look",
        f"the rest was not looked at: {str(error).splitlines()[0]}",
        "database_url",
        "run doctor once more with the URL of the role of the owner, or of the API"
        " (docs/how-to/postgres-roles.md)",
    )


def never_started(pgdata: Path) -> Finding:
    """There is no embedded server yet; to look for what is wrong must not make one."""
    return Finding(
        "no-postgres",
        "there is no embedded PostgreSQL yet, and no other is named",
        str(pgdata),
        "streamgauge serve makes one; or set DATABASE_URL",
    )


def tables(cursor: Cursor[TupleRow]) -> Iterator[Finding]:
    """Tables of another version, or none."""
    if not is_current(cursor):
        yield Finding(
            "old-schema",
            "the tables are missing, or those of an older version",
            "schema_migrations",
            "streamgauge migrate",
        )
        return
    try:
        check(cursor)
    except SchemaError as error:
        yield Finding(
            "other-schema",
            str(error),
            "schema_migrations",
            "install the version of Streamgauge that was used last, or restore a backup",
        )


def clock(cursor: Cursor[TupleRow], now: datetime | None = None) -> Iterator[Finding]:
    """A clock that is not the server's: times in events come from one, and lags from the other."""
    cursor.execute("select clock_timestamp()")
    row = cursor.fetchone()
    assert row is not None
    seconds = ((now or datetime.now(UTC)) - row[0]).total_seconds()
    if abs(seconds) > SKEW_SECONDS:
        ahead = "ahead of" if seconds > 0 else "behind"
        yield Finding(
            "clock-skew",
            f"this machine's clock is {abs(seconds):.0f} s {ahead} that of Postgres",
            "clock",
            "set both by NTP",
        )


def disk(folder: Path, usage: Usage | None = None) -> Iterator[Finding]:
    """A disk of the embedded server that is nearly full."""
    total, _, free = usage or shutil.disk_usage(folder)
    if free < LEAST_FREE or free < total * LEAST_SHARE:
        yield Finding(
            "disk-nearly-full",
            f"{free / (1 << 30):.1f} GiB of {total / (1 << 30):.1f} are free; without any, nothing"
            " can be recorded",
            str(folder),
            "make room, or move the folder to a larger disk and set data_dir",
        )
