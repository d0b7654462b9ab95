"""Commits on branches: one row for each commit of a push, and for the commit of each merge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streamgauge.cdevents import COMMITS_PUSHED, kind_of
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge_dora.facts.reading import (
    branch_key,
    instant,
    items,
    member,
    name,
    names,
    repository_of,
    sha,
    text,
)
from streamgauge_dora.facts.table import FactTable

PUSHED: Final = str(kind_of(COMMITS_PUSHED))

TABLE: Final = FactTable(
    "commits",
    (
        ("tenant", "text", True),
        ("repository", "text", True),
        ("branch", "text", True),
        ("sha", "text", True),
        ("key", "bigint", True),  # where on the branch it stands; see reading.branch_key
        ("place", "integer", True),  # in its push
        ("pushed", "boolean", True),  # false: only known from a merge, or as where a branch stood
        ("pushed_at", "timestamptz", True),
        ("authored_at", "timestamptz", False),
        ("author", "text", False),
        ("forced", "boolean", True),
        ("is_merge", "boolean", True),
        ("directories", "text[]", False),
        ("event_key", "uuid", True),
        ("position", "bigint", True),
    ),
    """
    create index on {commits} (sha, repository);
    create index on {commits} (repository, branch, key);
    create index on {commits} (repository, branch, key) where forced and place = 0;
    create index on {commits} (event_key);
    create index on {commits} (event_key, place) where is_merge;
    create index on {commits} (position);
    """,
)


def pushed(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """The commits of a push, and what the branch stands at after it if they do not say."""
    content = event.content
    repository, branch = repository_of(content, event.custom_data), name(content.get("branch"))
    if repository is None or branch is None:
        return
    at, forced = event.timestamp, content.get("forced") is True
    found = [each for each in items(content.get("commits")) if sha(member(each, "id"))]
    after = sha(content.get("after"))
    if after is not None and after not in (sha(member(each, "id")) for each in found):
        found.append({"id": after})
    for place, commit in enumerate(found):
        directories = commit.get("directories")
        yield (
            recorded.tenant,
            repository,
            branch,
            sha(commit["id"]),
            branch_key(at, place),
            place,
            "timestamp" in commit,
            at,
            instant(commit.get("timestamp")),
            text(commit.get("author")),
            forced,
            commit.get("merge") is True,
            names(directories) if isinstance(directories, list) else None,
            recorded.key_bytes,
            recorded.position,
        )


def merged(recorded: RecordedCDEvent, event: Any) -> Iterator[tuple[Any, ...]]:
    """The commit that a merge brought to its branch."""
    extra = event.custom_data
    repository, branch = repository_of(event.content, extra), name(extra.get("branch"))
    commit = sha(extra.get("commit"))
    if repository is None or branch is None or commit is None:
        return
    at = event.timestamp
    yield (
        recorded.tenant, repository, branch, commit, branch_key(at, 0), 0, False, at,
        None, None, False, False, None, recorded.key_bytes, recorded.position,
    )  # fmt: skip
