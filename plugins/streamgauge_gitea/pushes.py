"""Pushes: the branch's own event, and the commits that reached it.

Nothing says when it was pushed. It was not before the repository was last changed, nor before any
of the commits was written, so the latest of these stands in. That keeps the pushes of a repository
in their order, also where commits are older than what they were put on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import commit, commits_pushed
from streamgauge.sources.fields import instant, items, sha, stamp, text, texts, url, whole, word
from streamgauge_gitea.notice import Notice, when

_HEADS = "refs/heads/"


def push(notice: Notice) -> list[CDEvent]:
    """branch.created or branch.deleted, then the commits; nothing for a tag."""
    ref = text(notice.data, "ref") or ""
    branch = ref.removeprefix(_HEADS)
    if branch in (ref, ""):
        return []
    before, after = sha(notice.data, "before"), sha(notice.data, "after")
    if after is None:
        return [] if before is None else [_deleted(notice, branch)]
    at = _at(notice)
    is_new = not (text(notice.data, "before") or "x").strip("0")
    made = [_created(notice, branch, after, at)] if is_new else []
    return made if after == before else [*made, _commits(notice, branch, before, after, at)]


def branch_deleted(notice: Notice) -> list[CDEvent]:
    """branch.deleted; nothing for a tag."""
    branch = text(notice.data, "ref")
    if word(notice.data, "ref_type") != "branch" or branch is None:
        return []
    return [_deleted(notice, branch.removeprefix(_HEADS))]


def _address(notice: Notice, branch: str) -> str:
    """What a branch is called over its whole life: its page."""
    return f"{notice.repository.page}/src/branch/{branch}"


def _at(notice: Notice) -> datetime | None:
    told = [when(notice.data, "repository", "updated_at")]
    told += [when(each, "timestamp") for each in items(notice.data, "commits")]
    told.append(when(notice.data, "head_commit", "timestamp"))
    return max((each for each in told if each is not None), default=None)


def _deleted(notice: Notice, branch: str) -> CDEvent:
    subject = _address(notice, branch)
    return notice.told.occurrence(
        "branch.deleted",
        # Some releases say it twice, as a push and as a deletion, which only have this in common.
        *(subject, "deleted", stamp(when(notice.data, "repository", "updated_at"))),
        at=None,
        subject=subject,
        content={"repository": notice.repository.reference},
        branch=branch,
    )


def _created(notice: Notice, branch: str, after: str, at: datetime | None) -> CDEvent:
    subject = _address(notice, branch)
    return notice.told.occurrence(
        "branch.created",
        # A branch of one name comes and goes many times.
        *(subject, "created", after, stamp(at)),
        at=at,
        subject=subject,
        content={"repository": notice.repository.reference},
        commit=after,
        branch=branch,
        url=url(notice.data, "compare_url"),
        timestampInferred=True,
    )


def _commits(
    notice: Notice, branch: str, before: str | None, after: str, at: datetime | None
) -> CDEvent:
    """One event for a push that moved the branch, or made it, with commits or without."""
    # The newest comes first.
    found = (_commit(item) for item in reversed(items(notice.data, "commits")))
    return commits_pushed(
        notice.told,
        branch=branch,
        subject=_address(notice, branch),
        repository=notice.repository.reference,
        before=before,
        after=after,
        commits=[made for made in found if made is not None],
        at=at,
        inferred=True,
        url=url(notice.data, "compare_url"),
        # The list is cut at the newest few.
        totalCommits=whole(notice.data, "total_commits"),
    )


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
        files=[file for kind in ("added", "removed", "modified") for file in texts(item, kind)],
    )
