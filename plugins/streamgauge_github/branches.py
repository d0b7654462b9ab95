"""Pushes: a branch appears or goes away. All other pushes are commits, and changes tell of those.

GitHub announces the same with ``create`` and ``delete``, without a time and without a commit, so
those two events give nothing.
"""

from __future__ import annotations

from streamgauge import CDEvent
from streamgauge_github.fields import flag, instant, sha, stamp, text, url
from streamgauge_github.notice import Notice

_HEADS = "refs/heads/"


def push(notice: Notice) -> list[CDEvent]:
    """branch.created or branch.deleted for the push that made or removed a branch."""
    ref = text(notice.data, "ref") or ""
    branch = ref.removeprefix(_HEADS)
    created, deleted = flag(notice.data, "created"), flag(notice.data, "deleted")
    if branch == ref or not branch or created is deleted:
        return []
    done = "created" if created else "deleted"
    # When the push happened. A branch is often made at a commit that is months old.
    at = instant(notice.data, "repository", "pushed_at")
    if at is None and created:
        at = instant(notice.data, "head_commit", "timestamp")
    subject = f"{notice.repository.api_url}/branches/{branch}"
    return [
        notice.make(
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
