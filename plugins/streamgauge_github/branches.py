"""Branches: a push makes one or takes it away.

GitHub announces the same with ``create`` and ``delete``, without a time and without a commit, so
those two events give nothing.
"""

from __future__ import annotations

from streamgauge import CDEvent
from streamgauge.sources.fields import flag, instant, sha, stamp, text, url
from streamgauge_github.notice import Notice

_HEADS = "refs/heads/"


def branch_of(notice: Notice) -> str | None:
    """The name of the branch that was pushed to; None for a tag."""
    ref = text(notice.data, "ref") or ""
    branch = ref.removeprefix(_HEADS)
    return None if branch in (ref, "") else branch


def address(notice: Notice, branch: str) -> str:
    """What a branch is called over its whole life, the subject of its events."""
    return f"{notice.repository.api_url}/branches/{branch}"


def made_or_removed(notice: Notice, branch: str) -> list[CDEvent]:
    """branch.created or branch.deleted for the push that made or removed the branch."""
    created, deleted = flag(notice.data, "created"), flag(notice.data, "deleted")
    if created is deleted:
        return []
    done = "created" if created else "deleted"
    # When the push happened. A branch is often made at a commit that is months old.
    at = instant(notice.data, "repository", "pushed_at")
    if at is None and created:
        at = instant(notice.data, "head_commit", "timestamp")
    subject = address(notice, branch)
    return [
        notice.told.occurrence(
            f"branch.{done}",
            # A branch of one name comes and goes many times.
            *(subject, done, stamp(at)),
            at=at,
            subject=subject,
            content={"repository": notice.repository.reference},
            commit=sha(notice.data, "after") or sha(notice.data, "before"),
            branch=branch,
            url=url(notice.data, "compare"),
        )
    ]
