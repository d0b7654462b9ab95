"""Whole commits for the pull requests of Cloud, which shortens them to twelve characters.

Of a repository it is remembered which commits were pushed, and which merges wait for
the push that brings their commit: the two notifications overtake each other. A merge whose commit
comes later is said a second time, with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources.fields import instant
from streamgauge_bitbucket.changes import CLOUD, Pull, pull_of
from streamgauge_bitbucket.notice import Notice, notice_of
from streamgauge_bitbucket.pushes import in_cloud

PUSH: Final = "repo.push"
COMMITS: Final = 200
"""How many pushed commits are remembered of a repository: the state is written with each push."""
WAITING: Final = 20
"""How many merges wait for their push; where no pushes are sent at all, the oldest go."""


@dataclass(slots=True)
class Memory:
    """What is remembered of one repository."""

    commits: list[str]
    """The whole ids, the newest last."""
    waiting: dict[str, dict[str, Any]]
    """The start of a merge commit, to what was said of the merge, the oldest first."""

    @classmethod
    def of(cls, state: Mapping[str, Any] | None) -> Memory:
        """From what the router keeps."""
        found = state or {}
        return cls(list(found.get("commits", ())), dict(found.get("waiting", {})))

    def state(self) -> State:
        """For the router to keep."""
        waiting = dict(list(self.waiting.items())[-WAITING:])
        return {"commits": self.commits[-COMMITS:], "waiting": waiting}

    def whole(self, start: str | None) -> str | None:
        """The commit that begins so, the start itself where none is known."""
        if start is None or len(start) >= 40:
            return start
        return next((each for each in reversed(self.commits) if each.startswith(start)), start)

    def pushed(self, commit: str) -> None:
        """This commit reached a branch."""
        if commit in self.commits:
            self.commits.remove(commit)
        self.commits.append(commit)

    def awaited(self, commit: str) -> dict[str, Any] | None:
        """The merge that became this commit, if it waits; it waits no more."""
        start = next((each for each in self.waiting if commit.startswith(each)), None)
        return None if start is None else self.waiting.pop(start)


class PullRequestTransformer:
    """change.* of Cloud's pull requests."""

    name = "bitbucket-pull-requests"

    def state_key(self, event: CloudEvent) -> str | None:
        """The repository, for a pull request or a push of Cloud."""
        notice = notice_of(event)
        if notice is None or (notice.event not in CLOUD and notice.event != PUSH):
            return None
        return notice.repository.page

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """The pull request's event; of a push, those of the merges that waited for it."""
        notice = notice_of(event)
        if notice is None:
            return [], state
        memory = Memory.of(state)
        if notice.event == PUSH:
            return _pushed(notice, memory), memory.state()
        pull = pull_of(notice)
        return ([] if pull is None else [_said(pull, memory)]), memory.state()


def _said(pull: Pull, memory: Memory) -> CDEvent:
    merge = memory.whole(pull.merge)
    made = pull.event(head=memory.whole(pull.head), merge=merge)
    if pull.done == "merged" and merge is not None and len(merge) < 40:
        memory.waiting[merge] = {**made.document, "again": [pull.subject, pull.done]}
    return made


def _pushed(notice: Notice, memory: Memory) -> list[CDEvent]:
    made = []
    for push in in_cloud(notice.data):
        if push.after is None:
            continue
        for commit in (*(each["id"] for each in push.commits), push.after):
            memory.pushed(commit)
        if (merge := memory.awaited(push.after)) is not None:
            made.append(_said_again(notice, merge, push.after))
    return made


def _said_again(notice: Notice, merge: dict[str, Any], commit: str) -> CDEvent:
    """What was said of a merge, with the commit that has come since."""
    subject = merge["subject"]
    custom = {**merge["customData"], "commit": commit}
    del custom["mergeCommit"]
    return notice.told.occurrence(
        "change.merged",
        *(*merge["again"], commit),
        at=instant(merge, "context", "timestamp"),
        subject=subject["id"],
        content=subject["content"],
        **custom,
    )
