"""Merge requests: change.*"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import (
    ident,
    instant,
    named,
    path,
    sha,
    stamp,
    text,
    whole,
)
from streamgauge_gitlab.notice import Notice

_ATTRIBUTES = "object_attributes"
# GitLab says "approval" of each that is given while more are needed, "approved" of the last.
_REVIEWS = ("approved", "approval")


def merge_request(notice: Notice) -> list[CDEvent]:
    """change.created, reviewed, merged, abandoned or, for every other action, updated."""
    request = path(notice.data, _ATTRIBUTES)
    number = ident(request, "iid")
    if number is None or not notice.action:
        return []
    subject = notice.project.part("merge_requests", number)
    at = instant(request, "updated_at") or instant(request, "created_at")
    match notice.action:
        case "open":
            return [_created(notice, subject, request)]
        case "merge":
            return [_merged(notice, subject, instant(request, "merged_at") or at, request)]
        case "close":
            # It can be opened again and closed again.
            return [_change(notice, "abandoned", subject, at, stamp(at))]
        case action if action in _REVIEWS:
            return [_reviewed(notice, subject, at)]
    return [_change(notice, "updated", subject, at, notice.action, stamp(at))]


def _created(notice: Notice, subject: str, request: object) -> CDEvent:
    content = {"description": text(request, "title") or text(request, "description")}
    return _change(notice, "created", subject, instant(request, "created_at"), content=content)


def _merged(notice: Notice, subject: str, at: datetime | None, request: object) -> CDEvent:
    return _change(notice, "merged", subject, at, commit=_landed(request), mergedBy=notice.user)


def _landed(request: object) -> str | None:
    """The commit that reached the branch: the merge, the squashed one, or the branch's own last
    one where it went in by fast-forward.

    A fast-forward of a squashed commit is not named in what GitLab sends; then it is not known,
    and where the change stands is told by its time.
    """
    named = sha(request, "merge_commit_sha") or sha(request, "squash_commit_sha")
    if named is not None or text(request, "merge_params", "squash_commit_message"):
        return named
    return sha(request, "last_commit", "id")


def _reviewed(notice: Notice, subject: str, at: datetime | None) -> CDEvent:
    who = ident(notice.data, "user", "id") or notice.user or ""
    return _change(
        notice,
        "reviewed",
        subject,
        at,
        # One approves, takes it back, and approves again.
        *(who, stamp(at)),
        reviewer=notice.user,
        state="approved",
    )


def _change(
    notice: Notice,
    done: str,
    subject: str,
    at: datetime | None,
    *identity: str,
    content: dict[str, Any] | None = None,
    **custom: Any,
) -> CDEvent:
    """A change.* event. `commit` is the change's own last commit unless `custom` says better."""
    request = path(notice.data, _ATTRIBUTES)
    head = sha(request, "last_commit", "id")
    facts = {
        "commit": head,
        "branch": text(request, "target_branch"),
        "url": subject,
        "head": head,
        "headBranch": text(request, "source_branch"),
        "number": whole(request, "iid"),
        "title": text(request, "title"),
        "author": _author(notice, request),
        "labels": _labels(notice),
        "action": notice.action,
    }
    return notice.told.occurrence(
        f"change.{done}",
        *(subject, done, *identity),
        at=at,
        subject=subject,
        content={"repository": notice.project.reference, **(content or {})},
        **{**facts, **custom},
    )


def _author(notice: Notice, request: object) -> str | None:
    """The account that opened it. GitLab names who did something, of the author only a number."""
    number = ident(request, "author_id")
    return notice.user if number and number == ident(notice.data, "user", "id") else None


def _labels(notice: Notice) -> list[str] | None:
    return named(notice.data, "labels", by="title") or (
        named(notice.data, _ATTRIBUTES, "labels", by="title") or None
    )
