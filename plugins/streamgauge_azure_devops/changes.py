"""Pull requests and votes on them: change.*

A notification has the whole pull request and not what was done to it, so a vote is told by those
before it, which are remembered of each pull request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.hookspecs import State
from streamgauge.sources import Repository
from streamgauge.sources.fields import (
    flag,
    ident,
    instant,
    items,
    mapping,
    named,
    path,
    sha,
    stamp,
    text,
    whole,
    word,
)
from streamgauge_azure_devops.notice import Notice, notice_of
from streamgauge_azure_devops.project import person, repository_in
from streamgauge_azure_devops.pushes import branch_of

EVENTS: Final = ("git.pullrequest.created", "git.pullrequest.updated", "git.pullrequest.merged")
VOTES: Final = {
    10: "approved",
    5: "approved_with_suggestions",
    -5: "waiting_for_author",
    -10: "rejected",
}


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as one notification has it."""

    notice: Notice
    repository: Repository
    name: str
    number: str

    @property
    def subject(self) -> str:
        """What the change is called over its whole life: its page."""
        return f"{self.repository.address}/pullrequest/{self.number}"

    def event(
        self,
        done: str,
        *identity: str,
        at: datetime | None,
        content: dict[str, Any] | None = None,
        **custom: Any,
    ) -> CDEvent:
        """A change.* event. `commit` is its own last commit unless `custom` says better."""
        data = self.notice.data
        head = sha(data, "lastMergeSourceCommit", "commitId")
        facts = {
            "repository": self.repository.address,
            "commit": head,
            "branch": branch_of(text(data, "targetRefName")),
            "url": self.subject,
            "head": head,
            "headBranch": branch_of(text(data, "sourceRefName")),
            "base": sha(data, "lastMergeTargetCommit", "commitId"),
            "number": whole(data, "pullRequestId"),
            "title": text(data, "title"),
            "author": person(path(data, "createdBy")),
            "labels": named(data, "labels") or None,
        }
        reference = {"id": self.name, "source": self.repository.address}
        return self.notice.told.occurrence(
            f"change.{done}",
            *(self.subject, done, *identity),
            at=at,
            subject=self.subject,
            content={"repository": reference, **(content or {})},
            **{**facts, **custom},
        )


def pull_of(notice: Notice) -> Pull | None:
    """The pull request in a notification; None without a repository or a number."""
    found = repository_in(mapping(notice.data, "repository"))
    number = ident(notice.data, "pullRequestId")
    if notice.event not in EVENTS or found is None or number is None:
        return None
    return Pull(notice, *found, number)


def pull_request(notice: Notice) -> list[CDEvent]:
    """change.created, merged, abandoned or, while it is open, updated."""
    pull = pull_of(notice)
    if pull is None:
        return []
    closed = instant(notice.data, "closedDate") or notice.said
    match word(notice.data, "status"):
        case "completed":
            return [_merged(pull, closed)]
        case "abandoned":
            # It can be opened again and abandoned again.
            return [pull.event("abandoned", stamp(closed), at=closed)]
    if notice.event == "git.pullrequest.created":
        content = {"description": text(notice.data, "title")}
        at = instant(notice.data, "creationDate") or notice.said
        return [pull.event("created", at=at, content=content)]
    if notice.event == "git.pullrequest.updated":
        return [pull.event("updated", stamp(notice.said), at=notice.said)]
    return []  # a merge was tried, to see whether it would succeed


def _merged(pull: Pull, at: datetime | None) -> CDEvent:
    data = pull.notice.data
    # While it is merged, the commit may still be that of a trial; the next notification has it.
    merged = word(data, "mergeStatus") in ("succeeded", "")
    commit = sha(data, "lastMergeCommit", "commitId") if merged else None
    return pull.event(
        "merged",
        *([] if commit else ["without a commit"]),
        at=at,
        commit=commit,
        mergedBy=person(path(data, "closedBy")),
    )


class VoteTransformer:
    """change.reviewed for each vote that was not there before."""

    name = "azure-devops-votes"

    def state_key(self, event: CloudEvent) -> str | None:
        """The pull request, where somebody has voted or may have taken a vote back."""
        notice = notice_of(event)
        pull = None if notice is None else pull_of(notice)
        return None if pull is None or not _reviewers(pull) else pull.subject

    def transform_with_state(
        self, event: CloudEvent, state: State | None
    ) -> tuple[Iterable[CDEvent], State | None]:
        """One event for each new vote; nothing is remembered of a pull request without votes."""
        notice = notice_of(event)
        pull = None if notice is None else pull_of(notice)
        if pull is None:
            return [], state
        before = mapping(state, "votes")
        votes = {**before, **{who: vote for who, vote, _ in _reviewers(pull)}}
        made = [
            _reviewed(pull, who, vote, name)
            for who, vote, name in _reviewers(pull)
            if vote in VOTES and before.get(who) != vote
        ]
        votes = {who: vote for who, vote in votes.items() if vote}
        return made, {"votes": votes} if votes else None


def _reviewers(pull: Pull) -> list[tuple[str, int, str | None]]:
    """The id, the vote and the name of each person; a group's vote is that of one of its people."""
    return [
        (who, vote, person(each))
        for each in items(pull.notice.data, "reviewers")
        if not flag(each, "isContainer")
        and (who := ident(each, "id")) is not None
        and (vote := whole(each, "vote")) is not None
    ]


def _reviewed(pull: Pull, who: str, vote: int, name: str | None) -> CDEvent:
    at = pull.notice.said
    return pull.event(
        "reviewed",
        *(who, str(vote), stamp(at)),
        at=at,
        reviewer=name,
        state=VOTES[vote],
    )
