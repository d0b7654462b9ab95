"""The work on a change: its commits, the pushes to its branch, the review, and what was merged."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from streamgauge_demo.company import NAME, PEOPLE, Service
from streamgauge_demo.dice import Dice
from streamgauge_demo.facts import Change

MOST_HOURS = 20
"""For how long somebody works at a change before it is opened."""

_LATER = ("Name it better", "Mind the empty case", "Test the edges", "Say why")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the change's author."""

    id: str
    at: datetime
    """When it was written."""
    message: str
    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A branch moves on."""

    at: datetime
    before: str | None
    """The branch's commit until then; None where the push makes the branch."""
    commits: Sequence[Commit]

    @property
    def after(self) -> str:
        """The branch's commit from then on."""
        return self.commits[-1].id


@dataclass(frozen=True, slots=True)
class Work:
    """All that was done for one change."""

    pushes: Sequence[Push]
    """To its own branch: one before it is opened, and perhaps one while it is open."""
    reviewer: str
    reviewed: datetime
    merged: Push
    """To the main branch."""

    def commits_at(self, moment: datetime) -> list[Commit]:
        """The commits that its own branch had, from the oldest to the newest."""
        return [commit for push in self.pushes if push.at <= moment for commit in push.commits]


def branch(change: Change) -> str:
    """The name of the change's own branch."""
    return f"change-{change.number}"


def commit_id(service: Service, name: str) -> str:
    """An id that looks like one of git's; the same every time."""
    return hashlib.sha1(f"{service.full_name} {name}".encode(), usedforsecurity=False).hexdigest()


def work_on(change: Change) -> Work:
    """What was done for a change. It has dice of its own, so that it moves nothing in the story."""
    dice = Dice(change.service.name, "work", str(change.number))
    pushes = _pushes(change, dice)
    commits = [commit for push in pushes for commit in push.commits]
    return Work(
        pushes=pushes,
        reviewer=dice.pick([person for person in PEOPLE if person != change.author]),
        reviewed=_part(change.opened, change.at, dice.between(0.2, 0.9)),
        merged=Push(change.at, change.before, _merged(change, commits, dice)),
    )


def _pushes(change: Change, dice: Dice) -> list[Push]:
    hours = dice.between(0.15, 0.4) if change.hotfix else dice.between(1, MOST_HOURS)
    began = change.opened - timedelta(seconds=int(hours * 3600))
    pushed = change.opened - timedelta(seconds=int(dice.between(20, 120)))
    count = 1 if change.reverts else dice.pick((1, 1, 2, 2, 3, 4))
    late = count > 1 and dice.chance(0.5)
    written = [
        _part(began, pushed, (place + dice.throw()) / (count - late))
        for place in range(count - late)
    ]
    if late:
        written.append(_part(change.opened, change.at, dice.between(0.1, 0.85)))
    commits = [_commit(change, place, at, dice) for place, at in enumerate(written)]
    first = Push(pushed, None, commits[: count - late])
    if not late:
        return [first]
    return [first, Push(written[-1] + timedelta(seconds=30), first.after, commits[-1:])]


def _commit(change: Change, place: int, at: datetime, dice: Dice) -> Commit:
    """The commit at a place on the branch; the first one brings a test."""
    name = commit_id(change.service, f"{change.number} {place}")
    if change.reverts is not None:
        return _undoing(change.reverts, name, at, change.title)
    folder = _folder(change)
    test, code = f"tests/{folder}/test_{change.number}.py", dice.pick(("rules", "store", "view"))
    return Commit(
        name,
        at,
        message=dice.pick(_LATER) if place else change.title,
        added=() if place else (test,),
        modified=(f"src/{folder}/{code}.py", *((test,) if place else ())),
    )


def _folder(change: Change) -> str:
    topic = next(topic for topic in change.service.topics if topic in change.title)
    return re.sub(r"\W+", "-", topic.removeprefix("the "))


def _undoing(change: Change, name: str, at: datetime, title: str) -> Commit:
    undone = _squashed(change, work_on(change).merged.commits)
    message = f"{title}\n\nThis reverts commit {change.commit}."
    return Commit(name, at, message, undone.removed, undone.modified, undone.added)


def _merged(change: Change, commits: Sequence[Commit], dice: Dice) -> Sequence[Commit]:
    """What reaches the main branch; the last of it is the change's commit."""
    chosen = dice.throw()
    if chosen < 0.7:
        return [_squashed(change, commits)]
    if chosen < 0.85:
        return _rebased(change, commits)
    message = f"Merge pull request #{change.number} from {NAME}/{branch(change)}\n\n{change.title}"
    return [*commits, replace(_squashed(change, commits), message=message)]


def _squashed(change: Change, commits: Sequence[Commit]) -> Commit:
    """All commits in one."""
    added = {path for commit in commits for path in commit.added}
    modified = {path for commit in commits for path in commit.modified} - added
    removed = {path for commit in commits for path in commit.removed}
    message = f"{change.title} (#{change.number})"
    paths = (tuple(sorted(each)) for each in (added, modified, removed))
    return Commit(change.commit, change.at, message, *paths)


def _rebased(change: Change, commits: Sequence[Commit]) -> Sequence[Commit]:
    """Each commit anew; it was still written when it was."""
    names = [commit_id(change.service, f"{commit.id} rebased") for commit in commits[:-1]]
    return [
        replace(commit, id=name)
        for commit, name in zip(commits, [*names, change.commit], strict=True)
    ]


def _part(start: datetime, end: datetime, share: float) -> datetime:
    """An instant between two, in whole seconds, as the tools write their times."""
    return start + timedelta(seconds=int((end - start).total_seconds() * share))
