"""What the tests of the archive do over and over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from streamgauge.archive.restoring import Restored, Restorer
from streamgauge.archive.verifying import LogDigest, Verified, digest, verify
from streamgauge.archive.writing import Archiver
from streamgauge.postgres.database import Database
from tests.helpers import rows

EVER = datetime(9000, 1, 1, tzinfo=UTC)
LOG = (
    "select notification_id, tenant, originator_id, originator_version, topic, state, recorded_at"
    " from cloudevents_events order by notification_id"
)


def routed(database: Database, upto: int = 2**40) -> None:
    """As if the router had come so far."""
    with database.transaction() as cursor:
        cursor.execute(
            "update streamgauge_tracking set notification_id = %s"
            " where application_name = 'cdevents@1'",
            (upto,),
        )


def archive(database: Database, folder: Path, before: datetime = EVER) -> int:
    archiver = Archiver(database, folder)
    return archiver.run(archiver.plan(before))


def restore(database: Database, folder: Path) -> Restored:
    return Restorer(database, folder).run()


def verified(database: Database, folder: Path) -> Verified:
    return verify(database, folder)


def log_digest(database: Database) -> LogDigest:
    return digest(database)


def archived(database: Database) -> list[int]:
    return [
        position
        for (position,) in rows(
            database,
            "select notification_id from cloudevents_events where archived is not null order by 1",
        )
    ]
