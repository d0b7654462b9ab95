"""Links made naively, in plain Python: each rule of decision 0015 as a sentence over all facts.

Everything is looked for among everything. It reads the facts of one tenant and knows no SQL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.dora.oracle_facts import Facts, Row

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
Told = tuple[str, bool, datetime | None]
"""A commit, whether it is one of those that were written, and when."""
Line = tuple[str, str | None]
"""A service and an environment."""


class Merge(NamedTuple):
    """The merge of a change: the first one that says of which repository it is."""

    change: str
    event: Row

    @property
    def own_branch(self) -> bool:
        return bool(self.event.head_branch) and self.event.head_branch != self.event.branch


class Step(NamedTuple):
    """How far a service in an environment has come along a branch."""

    line: Line
    deployment: Row
    repository: str
    branch: str
    sha: str
    key: int
    came: int | None
    rewritten: int | None


def when(deployment: Row) -> tuple[datetime, Any]:
    """The order of deployments."""
    return (deployment.finished_at, deployment.deployment_id)


def line_of(deployment: Row) -> Line:
    return (deployment.service, deployment.environment)


def merges(facts: Facts) -> list[Merge]:
    found: dict[str, Row] = {}
    for event in sorted(facts.change_events, key=lambda e: (e.at, e.event_key)):
        if event.kind == "merged" and event.repository is not None:
            found.setdefault(event.change_id, event)
    return [Merge(change, event) for change, event in found.items()]


def push_of(facts: Facts, merge: Merge) -> Row | None:
    """Where the commit of the merge is in a push to the branch that it is meant for."""
    event = merge.event
    where = [
        c
        for c in facts.commits
        if c.pushed
        and (c.sha, c.repository, c.branch) == (event.commit_sha, event.repository, event.branch)
    ]
    return min(where, key=lambda c: (c.key, c.event_key), default=None)


def brought(facts: Facts, merge: Merge) -> list[Row]:
    """The commits that the push of the merge brought, since the merge before it in that push."""
    landed = push_of(facts, merge)
    if landed is None:
        return []
    others = {
        (e.commit_sha, e.repository)
        for e in facts.change_events
        if e.kind == "merged" and e.change_id != merge.change
    }
    found: list[Row] = []
    below = [
        c
        for c in facts.commits
        if c.event_key == landed.event_key and c.pushed and c.place < landed.place
    ]
    # A commit that was not pushed with its details is told of too, where a merge is of it.
    limit = merge.event.commits
    wanted = 1 if not landed.is_merge and limit is None else None
    if limit is not None:
        wanted = limit + landed.is_merge
    for commit in [landed, *sorted(below, key=lambda c: -c.place)]:
        if wanted is not None and len(found) >= wanted:
            break
        if commit is not landed and (commit.sha, commit.repository) in others:
            break
        found.append(commit)
    return found


def own(facts: Facts, merge: Merge) -> list[Told] | None:
    """The commits of the change's own branch, up to its head and since the head of the change that
    was merged from there before it; None where its head was not pushed there."""
    if not merge.own_branch:
        return None
    event = merge.event
    branch = [
        c
        for c in facts.commits
        if c.pushed and (c.repository, c.branch) == (event.repository, event.head_branch)
    ]
    head = max((c.key for c in branch if c.sha == event.head_sha), default=None)
    if head is None:
        return None
    heads = {
        e.head_sha
        for e in facts.change_events
        if e.kind == "merged" and e.change_id != merge.change and e.at < event.at
        and (e.head_branch, e.repository) == (event.head_branch, event.repository)
    }  # fmt: skip
    before = max((c.key for c in branch if c.sha in heads and c.key < head), default=-1)
    landed = push_of(facts, merge)
    landed_at = landed.pushed_at if landed else event.at
    there = {
        c.sha
        for c in facts.commits
        if c.pushed and (c.repository, c.branch) == (event.repository, event.branch)
        and c.pushed_at < landed_at and (landed is None or c.event_key != landed.event_key)
    }  # fmt: skip
    since: dict[str, list[Row]] = defaultdict(list)
    for c in branch:
        if before < c.key <= head and c.sha not in there:
            since[c.sha].append(c)
    latest = sorted(since, key=lambda sha: (-max(c.key for c in since[sha]), sha))
    return [
        (
            sha,
            not all(c.is_merge for c in since[sha]),
            min((c.authored_at for c in since[sha] if c.authored_at), default=None),
        )
        for sha in latest[: event.commits or 250]
    ]


def change_commits(facts: Facts) -> Iterator[tuple[Any, ...]]:
    """(change, repository, sha, authored_at, original)."""
    for merge in merges(facts):
        repository = merge.event.repository
        mine, landed = own(facts, merge), brought(facts, merge)
        told: dict[str, list[tuple[bool, datetime | None]]] = defaultdict(list)
        for sha, counts, written in mine or ():
            told[sha].append((counts, written))
        for commit in landed:
            told[commit.sha].append((not commit.is_merge and mine is None, commit.authored_at))
        if merge.event.commit_sha is not None:
            told[merge.event.commit_sha].append((False, None))
        for sha, said in told.items():
            original = any(counts for counts, _ in said)
            times = [at for counts, at in said if counts is original and at is not None]
            yield merge.change, repository, sha, min(times, default=None), original


def changes(facts: Facts, commits: Sequence[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Every change that events tell of, and every commit that belongs to none."""
    by_change: dict[str, list[Row]] = defaultdict(list)
    for event in facts.change_events:
        by_change[event.change_id].append(event)
    for change, events in by_change.items():
        yield _told(facts, change, events, [c for c in commits if c[0] == change])
    taken = {(repository, sha) for _, repository, sha, _, _ in commits}
    seen = set(taken)
    for c in sorted(facts.commits, key=lambda c: (c.key, c.event_key)):
        if c.pushed and not c.is_merge and (c.repository, c.sha) not in seen:
            seen.add((c.repository, c.sha))
            yield {
                "change_id": f"{c.repository}@{c.sha}", "kind": "commit",
                "repository": c.repository, "branch": c.branch, "commit_sha": c.sha,
                "first_commit_at": c.authored_at, "created_at": None, "first_reviewed_at": None,
                "merged_at": c.pushed_at, "abandoned_at": None, "commits": 1, "author": c.author,
                "title": None, "head_branch": None, "labels": [], "directories": c.directories,
            }  # fmt: skip


def _told(
    facts: Facts, change: str, events: list[Row], commits: Sequence[tuple[Any, ...]]
) -> dict[str, Any]:
    rank = {"merged": 0, "created": 1}
    ordered = sorted(events, key=lambda e: (rank.get(e.kind, 2), e.at, e.event_key))
    in_time = sorted(events, key=lambda e: (e.at, e.event_key))

    def said(name: str, among: Iterable[Row] = ordered) -> Any:
        return next((v for e in among if (v := getattr(e, name)) not in (None, [])), None)

    def times(kind: str) -> list[datetime]:
        return [e.at for e in events if e.kind == kind]

    author, merged = said("author"), min(times("merged"), default=None)
    reviewed = [
        e.at for e in events if e.kind == "reviewed" and (not e.reviewer or e.reviewer != author)
    ]
    written = [at for *_, at, _ in commits if at is not None]
    written += [e.first_commit_at for e in events if e.first_commit_at is not None]
    counted = [e.commits for e in events if e.commits is not None]
    originals = sum(original for *_, original in commits)
    shas = {(repository, sha) for _, repository, sha, _, _ in commits}
    folders = {
        folder
        for c in facts.commits
        if (c.repository, c.sha) in shas
        for folder in c.directories or ()
    }
    return {
        "change_id": change, "kind": "merge", "repository": said("repository"),
        "branch": said("branch"), "commit_sha": said("commit_sha", in_time),
        "first_commit_at": min(written, default=None),
        "created_at": min(times("created"), default=None),
        "first_reviewed_at": min(reviewed, default=None), "merged_at": merged,
        "abandoned_at": None if merged else max(times("abandoned"), default=None),
        "commits": originals or max(counted, default=1), "author": author,
        "title": said("title"), "head_branch": said("head_branch"),
        "labels": said("labels") or [], "directories": sorted(folders) or None,
    }  # fmt: skip


def change_keys(
    facts: Facts, found: Iterable[Mapping[str, Any]]
) -> dict[str, dict[tuple[str, str], int]]:
    """Change -> (repository, branch) -> where it stands there."""
    keys: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for change in found:
        if change["merged_at"] is None:
            continue
        repository = change["repository"]
        if change["commit_sha"] is not None:
            for branch, commit in places(facts, repository, change["commit_sha"]).items():
                keys[change["change_id"]][(repository, branch)] = commit.key
        elif repository is not None and change["branch"] is not None:
            elapsed = (change["merged_at"] - EPOCH) // timedelta(milliseconds=1)
            keys[change["change_id"]][(repository, change["branch"])] = elapsed * 4096
    for change_id, key, branch in sorted(own_heads(facts), key=lambda each: each[1]):
        if change_id in keys and branch[1] not in {name for _, name in keys[change_id]}:
            keys[change_id][branch] = key[0]
    return keys


def own_heads(facts: Facts) -> Iterable[tuple[str, tuple[int, Any], tuple[str, str]]]:
    """Where changes stand on their own branches, at their last commits."""
    for e in facts.change_events:
        if e.kind == "merged" and e.head_branch != e.branch:
            for c in facts.commits:
                at = (c.repository, c.branch, c.sha)
                if c.pushed and at == (e.repository, e.head_branch, e.head_sha):
                    yield e.change_id, (c.key, c.event_key), (c.repository, c.branch)


def places(facts: Facts, repository: str | None, sha: str) -> dict[str, Row]:
    """Branch -> the commit as it first came to it, a push being more than a mention."""
    found: dict[str, Row] = {}
    for c in sorted(facts.commits, key=lambda c: (not c.pushed, c.key, c.event_key)):
        if (c.repository, c.sha) == (repository, sha):
            found.setdefault(c.branch, c)
    return found
