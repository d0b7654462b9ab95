"""The deployments fact table, folded from CDEvents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import SQL

from streamgauge.cdevents import DEPLOYMENT_FAILED, kind_of
from streamgauge.projections import Projection, Tables, copy_rows
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.cloudevents_log import read_identity

KINDS: Final[Mapping[str, str]] = {
    "service.deployed": "deployed",
    "service.upgraded": "upgraded",
    "service.rolledback": "rolledback",
}
FAILED: Final = str(kind_of(DEPLOYMENT_FAILED))

_SCHEMA = """
create table {deployments} (
    tenant text not null,
    deployment_id uuid not null,      -- the CDEvent's identity in the log of CDEvents
    service text not null,            -- the CDEvent's subject
    environment text,
    artifact_id text,
    kind text,                        -- deployed, upgraded, rolledback; null for a failed attempt
    outcome text not null check (outcome in ('success', 'failure')),
    finished_at timestamptz not null,
    commit_sha text,
    repository text,
    event_source text not null,
    event_id text not null,
    position bigint not null          -- of the CDEvent in its log
);
"""

# The key too: no event is folded into a build twice, and to check it at each row is half the work.
_INDEXES = """
alter table {deployments} add primary key (tenant, deployment_id);
create index on {deployments} (tenant, finished_at);
create index on {deployments} (position);
"""

_ALL = """
select tenant, deployment_id, service, environment, artifact_id, kind, outcome, finished_at,
       commit_sha, repository, event_source, event_id
from {deployments}
"""

_SUCCESSFUL = """
select tenant, deployment_id, service, environment, artifact_id, kind, finished_at,
       commit_sha, repository, event_source, event_id,
       deployment_id::text as deploy_id,
       finished_at at time zone 'UTC' as time_created,
       service as deploy_name
from {deployments} where outcome = 'success'
"""

_COLUMNS: Final = (
    ("tenant", "text"),
    ("deployment_id", "uuid"),
    ("service", "text"),
    ("environment", "text"),
    ("artifact_id", "text"),
    ("kind", "text"),
    ("outcome", "text"),
    ("finished_at", "timestamptz"),
    ("commit_sha", "text"),
    ("repository", "text"),
    ("event_source", "text"),
    ("event_id", "text"),
    ("position", "bigint"),
)


class Deployments(Projection):
    """One row per deployment that was tried: one CDEvent each, whatever order they come in."""

    name = "deployments"
    version = 2
    event_kinds = frozenset({*KINDS, FAILED})
    tables: Sequence[str] = ("deployments",)
    schema = _SCHEMA
    indexes = _INDEXES
    views: Mapping[str, str] = {"deployments": _SUCCESSFUL, "deployment_attempts": _ALL}
    concurrent = True

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Add the deployments."""
        copy_rows(cursor, tables["deployments"], _COLUMNS, map(_row, events))

    def events_of(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        tenant: str,
        id: str,  # noqa: A002
    ) -> Sequence[UUID]:
        """A deployment is made of one CDEvent, whose key is its id."""
        cursor.execute(
            SQL("select deployment_id from {} where tenant = %s and deployment_id = %s").format(
                tables["deployments"]
            ),
            (tenant, read_identity(id)),
        )
        return [key for (key,) in cursor.fetchall()]


def _row(recorded: RecordedCDEvent) -> tuple[str | UUID | Any, ...]:
    event = recorded.event
    content = event.content
    extra = event.custom_data
    kind = KINDS.get(recorded.kind)
    return (
        recorded.tenant,
        recorded.key,
        event.subject_id,
        content.get("environment", {}).get("id"),
        content.get("artifactId"),
        kind,
        "success" if kind else "failure",
        event.timestamp,
        _text(extra.get("commit")),
        _text(extra.get("repository")),
        event.source,
        event.id,
        recorded.position,
    )


def _text(value: object) -> str | None:
    """The value, if it is text. The gate lets customData hold U+0000, which a column cannot."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and value else None
