"""Changes: one row for each event of their lives."""

from __future__ import annotations

from typing import Any, Final

from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts.reading import instant, name, names, repository_of, sha, text, whole
from streamgauge_dora.facts.table import FactTable

KINDS: Final = {
    "change.created": "created",
    "change.reviewed": "reviewed",
    "change.merged": "merged",
    "change.abandoned": "abandoned",
}

TABLE: Final = FactTable(
    "change_events",
    (
        ("tenant", "text", True),
        ("change_id", "text", True),
        ("kind", "text", True),
        ("at", "timestamptz", True),
        ("repository", "text", False),
        ("branch", "text", False),  # the one it is meant for
        ("commit_sha", "text", False),  # of a merge: the commit that reached the branch
        ("head_sha", "text", False),
        ("head_branch", "text", False),
        ("commits", "integer", False),
        ("first_commit_at", "timestamptz", False),
        ("title", "text", False),
        ("author", "text", False),
        ("reviewer", "text", False),
        ("labels", "text[]", True),
        ("event_id", "text", True),
        ("event_key", "uuid", True),
        ("position", "bigint", True),
    ),
    """
    create index on {change_events} (change_id);
    create index on {change_events} (commit_sha) where commit_sha is not null;
    create index on {change_events} (head_branch, repository) where kind = 'merged';
    create index on {change_events} using hash (event_id);
    create index on {change_events} (position);
    """,
)


def row(recorded: RecordedCDEvent, event: Any) -> tuple[Any, ...]:
    """What the event tells of the change."""
    extra = event.custom_data
    merged = recorded.kind == "change.merged"
    return (
        recorded.tenant,
        name(event.subject_id),
        KINDS[recorded.kind],
        event.timestamp,
        repository_of(event.content, extra),
        name(extra.get("branch")),
        sha(extra.get("commit")) if merged else None,
        sha(extra.get("head")),
        name(extra.get("headBranch")),
        whole(extra.get("commits")),
        instant(extra.get("firstCommitAt")),
        text(extra.get("title")) or text(event.content.get("description")),
        text(extra.get("author")),
        text(extra.get("reviewer")),
        names(extra.get("labels")),
        event.id,
        recorded.key_bytes,
        recorded.position,
    )
