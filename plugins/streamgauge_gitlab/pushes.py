"""Pushes: the branch's own event, and the commits that reached it.

GitLab does not say when it was pushed, so the newest commit's own time stands in, which is right
for the order on a branch: a commit is not older than those it is made on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import commit, commits_pushed
from streamgauge.sources.fields import instant, items, sha, stamp, text, texts, whole
from streamgauge_gitlab.notice import Notice

_HEADS = "refs/heads/"


def push(notice: Notice) -> list[CDEvent]:
    """branch.created or branch.deleted, then the commits; nothing for a tag."""
    ref = text(notice.data, "ref") or ""
    branch = ref.removeprefix(_HEADS)
    if branch in (ref, ""):
        return []
    before, after = sha(notice.data, "before"), sha(notice.data, "after")
    subject = notice.project.part("tree", branch)
    if after is None:
        return [] if before is None else [_removed(notice, branch, subject, before)]
    made = [_made(notice, branch, subject, after)] if _is_none(notice, "before") else []
    if after == before:
        return made
    return [*made, _commits_pushed(notice, branch, subject, before, after)]


def _is_none(notice: Notice, key: str) -> bool:
    """Whether git's zeros stand there, and not just nothing."""
    return not (text(notice.data, key) or "x").strip("0")


def _removed(notice: Notice, branch: str, subject: str, before: str) -> CDEvent:
    return notice.told.occurrence(
        "branch.deleted",
        *(subject, "deleted", before),
        at=None,
        subject=subject,
        content={"repository": notice.project.reference},
        commit=before,
        branch=branch,
    )


def _made(notice: Notice, branch: str, subject: str, after: str) -> CDEvent:
    at = _head_time(notice, after)
    return notice.told.occurrence(
        "branch.created",
        # A branch of one name comes and goes many times.
        *(subject, "created", after, stamp(at)),
        at=at,
        subject=subject,
        content={"repository": notice.project.reference},
        commit=after,
        branch=branch,
        timestampInferred=True,
    )


def _commits_pushed(
    notice: Notice, branch: str, subject: str, before: str | None, after: str
) -> CDEvent:
    """One event for a push that moved the branch, or made it, with commits or without."""
    compare = None if before is None else notice.project.part("compare", f"{before}...{after}")
    found = (_commit(item) for item in items(notice.data, "commits"))
    return commits_pushed(
        notice.told,
        branch=branch,
        subject=subject,
        repository=notice.project.reference,
        before=before,
        after=after,
        commits=[made for made in found if made is not None],
        at=_head_time(notice, after),
        inferred=True,
        url=compare,
        # The list is cut at the newest twenty.
        totalCommits=whole(notice.data, "total_commits_count"),
    )


def _head_time(notice: Notice, after: str) -> datetime | None:
    """When the commit that the branch stands at now was written; none where it is not listed."""
    for item in reversed(items(notice.data, "commits")):
        if sha(item, "id") == after:
            return instant(item, "timestamp")
    return None


def _commit(item: object) -> dict[str, Any] | None:
    """A commit as the event holds it; None for what has no id or was written at no time."""
    identity, written = sha(item, "id"), instant(item, "timestamp")
    if identity is None or written is None:
        return None
    return commit(
        identity,
        written,
        author=text(item, "author", "name"),
        message=text(item, "message"),
        files=[file for kind in ("added", "removed", "modified") for file in texts(item, kind)],
    )
