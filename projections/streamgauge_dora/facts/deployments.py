"""Deployments: one row for each that was tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streamgauge.cdevents import DEPLOYMENT_FAILED, kind_of
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts import artifacts
from streamgauge_dora.facts.reading import (
    flag,
    instant,
    items,
    member,
    name,
    repository,
    repository_of,
    sha,
    text,
)
from streamgauge_dora.facts.table import FactTable

FAILED: Final = str(kind_of(DEPLOYMENT_FAILED))
KINDS: Final[Mapping[str, str | None]] = {
    "service.deployed": "deploy",
    "service.upgraded": "upgrade",
    "service.rolledback": "rollback",
    FAILED: None,
}

# A name may be of any length, an index entry may not. The key is not checked at each row: no event
# is folded into a build twice.
TABLE: Final = FactTable(
    "deployments",
    (
        ("tenant", "text", True),
        ("deployment_id", "uuid", True),  # the CDEvent's identity in the log of CDEvents
        ("service", "text", True),
        ("environment", "text", False),
        ("artifact_id", "text", False),
        ("artifact", "text", False),  # what identifies it, however its id is written
        ("artifact_commit", "text", False),  # the commit that it is named by
        ("kind", "text", False),  # deploy, upgrade, rollback; null for a failed attempt
        ("outcome", "text", True),
        ("started_at", "timestamptz", False),
        ("finished_at", "timestamptz", True),
        ("commit_sha", "text", False),
        ("repository", "text", False),
        ("production", "boolean", False),  # where the tool itself says so
        ("reference", "text", False),  # what the tool calls it
        ("event_source", "text", True),
        ("event_id", "text", True),
        ("position", "bigint", True),
    ),
    """
    alter table {deployments} add primary key (tenant, deployment_id);
    create index on {deployments} (hashtextextended(service, 0), finished_at);
    create index on {deployments} (
        tenant, hashtextextended(service, 0), hashtextextended(coalesce(environment, ''), 0)
    );
    create index on {deployments} (finished_at);
    create index on {deployments} (finished_at) where kind = 'rollback';
    create index on {deployments} (artifact) where artifact is not null;
    create index on {deployments} using hash (event_id);
    create index on {deployments} (reference) where reference is not null;
    create index on {deployments} (position);
    """,
)

COMMITS: Final = FactTable(
    "deployed_commits",  # of deployments that are of several repositories
    (
        ("tenant", "text", True),
        ("deployment_id", "uuid", True),
        ("repository", "text", True),
        ("commit_sha", "text", True),
        ("position", "bigint", True),
    ),
    """
    create index on {deployed_commits} (deployment_id);
    create index on {deployed_commits} (position);
    """,
)

ATTEMPTS: Final = """
select tenant, deployment_id, service, environment, artifact_id, kind, outcome, started_at,
       finished_at, commit_sha, repository, event_source, event_id
from {deployments}
"""

SUCCESSFUL: Final = """
select tenant, deployment_id, service, environment, artifact_id, kind, started_at, finished_at,
       commit_sha, repository, event_source, event_id,
       deployment_id::text as deploy_id,
       finished_at at time zone 'UTC' as time_created,
       service as deploy_name
from {deployments} where outcome = 'success'
"""


def row(recorded: RecordedCDEvent, event: Any, extra: Mapping[str, Any]) -> tuple[Any, ...]:
    """The deployment that the event tells of; `extra` is its customData."""
    content = event.content
    artifact_id = content.get("artifactId")
    return (
        recorded.tenant,
        recorded.key_bytes,
        event.subject_id,
        text(member(content, "environment", "id")),
        text(artifact_id),
        artifacts.identity(artifact_id),
        artifacts.commit_in(artifact_id),
        KINDS[recorded.kind],
        "failure" if recorded.kind == FAILED else "success",
        instant(extra.get("startedAt")),
        event.timestamp,
        sha(extra.get("commit")),
        repository_of(content, extra),
        flag(extra.get("production")),
        name(extra.get("deployment")),
        event.source,
        event.id,
        recorded.position,
    )


def commits(recorded: RecordedCDEvent, extra: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The commits, by repository, that the event lists."""
    for each in items(extra.get("commits")):
        found, commit = repository(member(each, "repository")), sha(member(each, "commit"))
        if found is not None and commit is not None:
            yield recorded.tenant, recorded.key_bytes, found, commit, recorded.position
