"""Pushes: the branch's own event, and the commits that reached it."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import commit, commits_pushed
from streamgauge.sources.fields import flag, instant, items, path, sha, text, texts, url
from streamgauge_github.branches import address, branch_of, made_or_removed
from streamgauge_github.notice import Notice


def push(notice: Notice) -> list[CDEvent]:
    """branch.created or branch.deleted, then the commits; nothing for a tag."""
    branch = branch_of(notice)
    if branch is None:
        return []
    return [*made_or_removed(notice, branch), *_commits_pushed(notice, branch)]


def _commits_pushed(notice: Notice, branch: str) -> list[CDEvent]:
    """One event for a push that moved the branch, or made it, with commits or without."""
    data = notice.data
    before, after = sha(data, "before"), sha(data, "after")
    if after is None or after == before or flag(data, "deleted"):
        return []
    pushed = instant(data, "repository", "pushed_at")
    at = pushed or instant(data, "head_commit", "timestamp")
    subject = address(notice, branch)
    commits = [made for item in items(data, "commits") if (made := _commit(item)) is not None]
    return [
        commits_pushed(
            notice.told,
            branch=branch,
            subject=subject,
            repository=notice.repository.reference,
            before=before,
            after=after,
            commits=commits,
            at=at,
            forced=flag(data, "forced"),
            # The newest commit may have been written long before it was pushed.
            inferred=pushed is None,
            url=url(data, "compare"),
        )
    ]


def _commit(item: object) -> dict[str, Any] | None:
    """A commit as the event holds it; None for what has no id or was written at no time."""
    identity, written = sha(item, "id"), instant(item, "timestamp")
    if identity is None or written is None:
        return None
    return commit(
        identity,
        written,
        # The account, else the name that git was told.
        author=text(item, "author", "username") or text(item, "author", "name"),
        message=text(item, "message"),
        files=_files(item),
    )


def _files(item: object) -> list[str] | None:
    """The files that a commit touches; None where that is not told, as by a list of commits."""
    kinds = ("added", "removed", "modified")
    if all(path(item, kind) is None for kind in kinds):
        return None
    return [file for kind in kinds for file in texts(item, kind)]
