"""Pull requests and their reviews: change.*"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import digits, flag, named, path, sha, stamp, text, whole, word
from streamgauge_gitea.notice import Notice, when

_STATES = {
    "approved": "approved",
    "rejected": "changes_requested",
    "comment": "commented",
}
"""The end of a review's type, to the word that GitHub has for it."""


def pull_request(notice: Notice) -> list[CDEvent]:
    """change.created, merged, abandoned or, for every other action, updated."""
    pull, subject = path(notice.data, "pull_request"), _subject(notice)
    if subject is None or not notice.action:
        return []
    if notice.action == "opened":
        content = {"description": text(pull, "title") or text(pull, "body")}
        return [_change(notice, "created", subject, when(pull, "created_at"), content=content)]
    if notice.action == "closed":
        return [_closed(notice, subject, pull)]
    at = when(pull, "updated_at")
    return [_change(notice, "updated", subject, at, notice.action, stamp(at))]


def review(notice: Notice) -> list[CDEvent]:
    """change.reviewed for a review that was handed in. It has no number and no time of its own."""
    subject = _subject(notice)
    if notice.action != "reviewed" or subject is None:
        return []
    at = when(notice.data, "pull_request", "updated_at")
    told = word(notice.data, "review", "type") or notice.event
    state = _STATES.get(told.rpartition("_")[2])
    return [
        _change(
            notice,
            "reviewed",
            subject,
            at,
            *(notice.sender or "", state or "", stamp(at)),
            reviewer=notice.sender,
            state=state,
        )
    ]


def _subject(notice: Notice) -> str | None:
    """What the change is called over its whole life: its page."""
    number = digits(notice.data, "pull_request", "number") or digits(notice.data, "number")
    return None if number is None else f"{notice.repository.page}/pulls/{number}"


def _closed(notice: Notice, subject: str, pull: object) -> CDEvent:
    closed = when(pull, "closed_at") or when(pull, "updated_at")
    merged = when(pull, "merged_at")
    if merged is None and not flag(pull, "merged"):
        # It can be opened again and closed again.
        return _change(notice, "abandoned", subject, closed, stamp(closed))
    return _change(
        notice,
        "merged",
        subject,
        merged or closed,
        commit=sha(pull, "merge_commit_sha"),
        mergedBy=text(pull, "merged_by", "login"),
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
    pull = path(notice.data, "pull_request")
    head = sha(pull, "head", "sha")
    facts = {
        "commit": head,
        "branch": text(pull, "base", "ref"),
        "url": subject,
        "head": head,
        "headBranch": text(pull, "head", "ref"),
        "base": sha(pull, "base", "sha"),
        "number": whole(pull, "number"),
        "title": text(pull, "title"),
        "author": text(pull, "user", "login"),
        "labels": named(pull, "labels") or None,
        "action": notice.action,
    }
    return notice.told.occurrence(
        f"change.{done}",
        *(subject, done, *identity),
        at=at,
        subject=subject,
        content={"repository": notice.repository.reference, **(content or {})},
        **{**facts, **custom},
    )
