"""Pushes to the default branch, and pull requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from streamgauge import Event
from streamgauge.sources.fields import ident, instant, path, sha
from streamgauge.timestamps import format_rfc3339
from streamgauge_github.history import payloads, pushes
from streamgauge_github.history.errors import NotAllowed, NotThere
from streamgauge_github.history.reader import Reader

_BEFORE_A_PUSH = timedelta(days=30)
"""A commit is often written long before it is merged."""


def read_pushes(reader: Reader) -> None:
    """Each move of the default branch, with the commits that it brought."""
    branch, found = reader.found.branch, reader.found
    asked = format_rfc3339(reader.since - _BEFORE_A_PUSH)
    answers = [*reader.listed("commits", "commits", sha=branch, since=asked)]
    commits = pushes.Commits(answers)
    told = pushes.from_activity(_activity(reader)) or [
        each
        for each in pushes.from_parents(commits, sha(answers, 0, "sha"))
        if _is_recent(reader, commits.get(each.after))
    ]
    found.commits = sum(_is_recent(reader, each) for each in answers)
    found.pushes = len(told)
    made = pushes.told(reader.here, branch, told, commits)
    events = [payloads.event("push", each, push.id) for push, each in zip(told, made, strict=True)]
    reader.record("pushes", events)


def _activity(reader: Reader) -> list[Any]:
    """The moves of the branch; none where this GitHub keeps no such list."""
    try:
        every = reader.listed("pushes", "activity", ref=f"refs/heads/{reader.found.branch}")
        return reader.recent(every, "timestamp")
    except (NotThere, NotAllowed):
        return []


def _is_recent(reader: Reader, commit: object) -> bool:
    at = instant(commit, "commit", "committer", "date")
    return at is not None and at >= reader.since


def read_pulls(reader: Reader) -> None:
    """Pull requests that were touched since, with their reviews and commits."""
    every = reader.listed("pull requests", "pulls", state="all", sort="updated", direction="desc")
    answers = reader.recent(every, "updated_at")
    reader.found.pull_requests = len(answers)
    reader.found.merged = sum(path(each, "merged_at") is not None for each in answers)

    def opened(pull: object) -> Event:
        made = payloads.opened(reader.here, pull)
        return payloads.event("pull_request", made, payloads.mark(pull, made))

    def more(pull: object) -> list[Event]:
        return _reviews_and_end(reader, pull)

    reader.record_each("pull requests", answers, opened, more)


def _reviews_and_end(reader: Reader, pull: object) -> list[Event]:
    number = str(ident(pull, "number"))
    made = [
        payloads.event("pull_request_review", payloads.reviewed(reader.here, pull, each))
        for each in reader.every("pulls", number, "reviews")
        if path(each, "submitted_at") is not None  # else it is not handed in
    ]
    if path(pull, "closed_at") is not None:
        closed = payloads.closed(reader.here, pull, reader.every("pulls", number, "commits"))
        made.append(payloads.event("pull_request", closed))
    return made
