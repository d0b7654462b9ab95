"""Pushes to the default branch: GitHub tells when each was and between which commits, and whose
parents the commits are; which commits each brought is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from streamgauge.sources.fields import ident, items, path, sha, text
from streamgauge_github.history import payloads
from streamgauge_github.history.payloads import Payload

NO_COMMIT = "0" * 40


@dataclass(frozen=True, slots=True)
class Push:
    """A push to a branch."""

    id: str
    """What makes it this one: the same however often it is read."""
    before: str
    after: str
    at: str | None
    """When; None where only the time of the commit is known."""
    forced: bool = False


class Commits:
    """Commits by their ids, and which of them reach which."""

    def __init__(self, answers: Iterable[object]) -> None:
        self._by_id = {found: each for each in answers if (found := sha(each, "sha")) is not None}

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, commit: str) -> object | None:
        """The API's answer about a commit; None where it is not known."""
        return self._by_id.get(commit)

    def parents(self, commit: str) -> list[str]:
        """The commits that it was made on; the first one is where the branch stood."""
        answer = self._by_id.get(commit)
        return [found for each in items(answer, "parents") if (found := sha(each, "sha"))]

    def reached(self, commit: str, without: set[str]) -> list[str]:
        """The known commits that `commit` has, itself too, and `without` has not; each after its
        parents."""
        found: list[str] = []
        seen: set[str] = set()
        waiting = [(commit, False)]
        while waiting:
            current, parents_done = waiting.pop()
            if parents_done:
                found.append(current)
            elif current in self._by_id and current not in without and current not in seen:
                seen.add(current)
                waiting.append((current, True))
                # The first parent is gone through first: the branch is told before what came in.
                waiting.extend((parent, False) for parent in reversed(self.parents(current)))
        return found


def from_activity(answers: Iterable[object]) -> list[Push]:
    """The pushes that GitHub's list of activities tells of, oldest first."""
    found = []
    for each in answers:
        before, after = sha(each, "before"), sha(each, "after")
        identity, at = ident(each, "id"), text(each, "timestamp")
        if after is not None and identity is not None and at is not None:
            forced = text(each, "activity_type") == "force_push"
            found.append(Push(f"push-{identity}", before or NO_COMMIT, after, at, forced))
    return sorted(found, key=lambda push: push.at or "")


def from_parents(commits: Commits, head: str | None) -> list[Push]:
    """One push for each commit that the branch has stood at, as far as they are known: where a
    GitHub keeps no list of activities. Oldest first."""
    found = []
    current = head
    while current is not None and commits.get(current) is not None:
        before = next(iter(commits.parents(current)), None)
        found.append(Push(f"commit-{current}", before or NO_COMMIT, current, None))
        current = before
    return found[::-1]


def told(here: Payload, branch: str, pushes: Sequence[Push], commits: Commits) -> Iterator[Payload]:
    """The payload of each push, oldest first."""
    had: set[str] = set()
    if pushes:
        had.update(commits.reached(pushes[0].before, set()))
    for push in pushes:
        brought = commits.reached(push.after, had)
        had.update(brought)
        yield _payload(here, branch, push, [commits.get(each) for each in brought])


def _payload(here: Payload, branch: str, push: Push, commits: Sequence[object]) -> Payload:
    moved: dict[str, Any] = {} if push.at is None else {"pushed_at": push.at}
    head = commits[-1] if commits and sha(commits[-1], "sha") == push.after else None
    made = None
    if head is not None:
        # Stands in for when it was pushed: of what was merged on GitHub it is the same.
        made = {**payloads.commit(head), "timestamp": path(head, "commit", "committer", "date")}
    return {
        "ref": f"refs/heads/{branch}",
        "before": push.before,
        "after": push.after,
        "created": push.before == NO_COMMIT,
        "deleted": False,
        "forced": push.forced,
        "compare": f"{here.get('html_url')}/compare/{push.before[:12]}...{push.after[:12]}",
        "head_commit": made,
        "commits": [payloads.commit(each) for each in commits],
        "repository": {**here, **moved},
    }
