"""Pull requests and their reviews: change.*"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from streamgauge import CDEvent
from streamgauge.sources.fields import (
    digits,
    flag,
    ident,
    instant,
    items,
    named,
    path,
    sha,
    stamp,
    text,
    url,
    whole,
    word,
)
from streamgauge_github.notice import Notice


def pull_request(notice: Notice) -> list[CDEvent]:
    """change.created, merged, abandoned or, for every other action, updated."""
    pull = path(notice.data, "pull_request")
    subject = _subject(notice)
    if subject is None or not notice.action:
        return []
    if notice.action == "opened":
        return [_created(notice, subject, pull)]
    if notice.action == "closed":
        return [_closed(notice, subject, pull)]
    at = instant(pull, "updated_at")
    return [_change(notice, "updated", subject, at, notice.action, stamp(at))]


def pull_request_review(notice: Notice) -> list[CDEvent]:
    """change.reviewed for a review that was handed in."""
    review = path(notice.data, "review")
    subject = _subject(notice)
    at = instant(review, "submitted_at")
    identity = ident(review, "id") or stamp(at)
    if notice.action != "submitted" or subject is None or not identity:
        return []
    return [
        _change(
            notice,
            "reviewed",
            subject,
            at,
            identity,
            commit=sha(review, "commit_id") or sha(notice.data, "pull_request", "head", "sha"),
            url=url(review, "html_url"),
            reviewer=text(review, "user", "login"),
            state=word(review, "state") or None,
        )
    ]


def _subject(notice: Notice) -> str | None:
    """What the change is called over its whole life: the pull request in the API."""
    pull = path(notice.data, "pull_request")
    if (address := url(pull, "url")) is not None:
        return address
    number = digits(pull, "number") or digits(notice.data, "number")
    return None if number is None else f"{notice.repository.api_url}/pulls/{number}"


def _created(notice: Notice, subject: str, pull: object) -> CDEvent:
    content = {"description": text(pull, "title") or text(pull, "body")}
    return _change(notice, "created", subject, instant(pull, "created_at"), content=content)


def _closed(notice: Notice, subject: str, pull: object) -> CDEvent:
    closed = instant(pull, "closed_at") or instant(pull, "updated_at")
    merged = instant(pull, "merged_at")
    if merged is None and not flag(pull, "merged"):
        # It can be opened again and closed again. Its merge_commit_sha is that of a trial merge
        # which never reached a branch.
        return _change(notice, "abandoned", subject, closed, stamp(closed))
    return _change(
        notice,
        "merged",
        subject,
        merged or closed,
        commit=sha(pull, "merge_commit_sha"),
        mergedBy=text(pull, "merged_by", "login"),
        firstCommitAt=stamp(_first_written(notice)) or None,
    )


def _first_written(notice: Notice) -> datetime | None:
    """When the first of its commits was written, where they are listed: by an import."""
    written = [instant(each, "timestamp") for each in items(notice.data, "commits")]
    return min((at for at in written if at is not None), default=None)


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
        "url": url(pull, "html_url"),
        "head": head,
        "headBranch": text(pull, "head", "ref"),
        "base": sha(pull, "base", "sha"),
        "number": whole(pull, "number"),
        "title": text(pull, "title"),
        "author": text(pull, "user", "login"),
        "labels": named(pull, "labels") or None,
        "commits": whole(pull, "commits"),
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
