"""Tags: of which commit a release is, where releases are deployments.

A release names its tag, and mostly a branch besides; the push of the tag names the commit.
"""

from __future__ import annotations

from streamgauge import CDEvent
from streamgauge.sources.fields import flag, instant, sha, text, url
from streamgauge_github.notice import Notice

_TAGS = "refs/tags/"


def tag(notice: Notice) -> list[CDEvent]:
    """artifact.published for the source at a tag that was pushed."""
    ref = text(notice.data, "ref") or ""
    name = ref.removeprefix(_TAGS)
    # Of a tag with a message of its own `after` is the tag, and no commit.
    commit = sha(notice.data, "head_commit", "id")
    if name in (ref, "") or commit is None or flag(notice.data, "deleted"):
        return []
    subject = notice.repository.artifact(name)
    return [
        notice.told.occurrence(
            "artifact.published",
            *(subject, "tagged", commit),
            at=instant(notice.data, "repository", "pushed_at"),
            subject=subject,
            content={"user": text(notice.data, "pusher", "name")},
            commit=commit,
            tag=name,
            url=url(notice.data, "compare"),
        )
    ]
