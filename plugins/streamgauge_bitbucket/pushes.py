"""Pushes: what happened to branches, and the commits that reached them.

Cloud says what a push changed as objects, old and new; a Data Center as refs with two hashes. Both
become a `Push`. Tags are left out: a push of a tag brings no commit to a branch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import commit, commits_pushed
from streamgauge.sources.fields import (
    flag,
    instant,
    items,
    mapping,
    path,
    sha,
    stamp,
    text,
    url,
    word,
)
from streamgauge_bitbucket.notice import Notice

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Push:
    """What a push did to one branch."""

    branch: str
    before: str | None
    """None for a branch that was made."""
    after: str | None
    """None for one that was removed."""
    commits: list[dict[str, Any]]
    """As `commit` gives them, oldest first."""
    at: datetime | None
    inferred: bool
    """Whether `at` is not when it was pushed but when the newest commit was made."""
    forced: bool | None = None
    truncated: bool | None = None
    page: str | None = None


def cloud_push(notice: Notice) -> list[CDEvent]:
    """What ``repo:push`` tells."""
    return [event for push in in_cloud(notice.data) for event in _told(notice, push)]


def refs_changed(notice: Notice) -> list[CDEvent]:
    """What a Data Center's ``repo:refs_changed`` tells."""
    return [event for push in _on_premises(notice.data) for event in _told(notice, push)]


def in_cloud(data: dict[str, Any]) -> Iterator[Push]:
    """The branches that a push of Cloud changed."""
    for change in items(data, "push", "changes"):
        old, new = mapping(change, "old"), mapping(change, "new")
        branch = text(new or old, "name")
        if branch is None or word(new or old, "type") != "branch":
            continue
        listed = [_in_cloud(each) for each in items(change, "commits")]
        commits = [each for each in reversed(listed) if each is not None]
        after = sha(new, "target", "hash")
        yield Push(
            branch,
            sha(old, "target", "hash"),
            after,
            commits,
            None if after is None else instant(new, "target", "date") or _newest(commits),
            inferred=True,
            forced=flag(change, "forced"),
            truncated=flag(change, "truncated"),
            page=url(change, "links", "html", "href"),
        )


def _on_premises(data: dict[str, Any]) -> Iterator[Push]:
    changes = items(data, "changes")
    # Newer ones list the newest commits, of all changes together.
    listed = items(data, "commits") if len(changes) == 1 else []
    commits = [made for each in reversed(listed) if (made := _on_premises_commit(each)) is not None]
    for change in changes:
        ref = text(change, "ref", "id") or text(change, "refId") or ""
        branch = ref.removeprefix(_HEADS)
        if branch in (ref, ""):
            continue
        before, after = sha(change, "fromHash"), sha(change, "toHash")
        gone = word(change, "type") == "delete"
        yield Push(
            branch,
            before,
            None if gone else after,
            commits,
            instant(data, "date"),
            inferred=False,
        )


def _told(notice: Notice, push: Push) -> Iterator[CDEvent]:
    """The branch's own event, then the commits."""
    if (push.before is None) is not (push.after is None):
        yield _made_or_removed(notice, push)
    if push.after is None or push.after == push.before:
        return
    yield commits_pushed(
        notice.told,
        branch=push.branch,
        subject=notice.repository.branch(push.branch),
        repository=notice.repository.reference,
        before=push.before,
        after=push.after,
        commits=push.commits,
        at=push.at,
        forced=push.forced,
        inferred=push.inferred,
        url=push.page,
        truncated=push.truncated or None,
    )


def _made_or_removed(notice: Notice, push: Push) -> CDEvent:
    done = "deleted" if push.after is None else "created"
    subject, commit_id = notice.repository.branch(push.branch), push.after or push.before or ""
    # Cloud says of no push when it was, so the commit tells one life of a branch from the next.
    return notice.told.occurrence(
        f"branch.{done}",
        *(subject, done, commit_id, stamp(push.at)),
        at=push.at,
        subject=subject,
        content={"repository": notice.repository.reference},
        commit=commit_id,
        branch=push.branch,
        url=push.page,
        timestampInferred=True if push.inferred else None,
    )


def _newest(commits: list[dict[str, Any]]) -> datetime | None:
    return instant(commits, -1, "timestamp")


def _in_cloud(item: object) -> dict[str, Any] | None:
    """A commit of Cloud; None for what has no id, or no time, as in old payloads."""
    identity, written = sha(item, "hash"), instant(item, "date")
    if identity is None or written is None:
        return None
    author = path(item, "author")
    raw = (text(author, "raw") or "").partition("<")[0].strip()
    return commit(
        identity,
        written,
        author=text(author, "user", "nickname") or text(author, "nickname") or raw or None,
        message=text(item, "message"),
        files=None,
        parents=_parents(item),
    )


def _on_premises_commit(item: object) -> dict[str, Any] | None:
    identity, written = sha(item, "id"), instant(item, "authorTimestamp", unit="ms")
    if identity is None or written is None:
        return None
    return commit(
        identity,
        written,
        author=text(item, "author", "slug") or text(item, "author", "name"),
        message=text(item, "message"),
        files=None,
        parents=_parents(item),
    )


def _parents(item: object) -> int | None:
    found = path(item, "parents")
    return len(found) if isinstance(found, list) else None
