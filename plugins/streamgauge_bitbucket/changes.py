"""Pull requests and their reviews: change.*

Cloud and Data Center tell the same in other words; both become a `Pull`. Cloud shortens commits to
twelve characters: `memory` finds the whole ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, mapping, short_sha, stamp, text, url, whole
from streamgauge_bitbucket.notice import Notice

Done = Literal["created", "updated", "reviewed", "merged", "abandoned"]

CLOUD: Final[dict[str, tuple[Done, str]]] = {
    "pullrequest.created": ("created", "created"),
    "pullrequest.updated": ("updated", "updated"),
    "pullrequest.approved": ("reviewed", "approved"),
    "pullrequest.unapproved": ("updated", "unapproved"),
    "pullrequest.changes_request_created": ("reviewed", "changes_requested"),
    "pullrequest.changes_request_removed": ("updated", "changes_request_removed"),
    "pullrequest.fulfilled": ("merged", "fulfilled"),
    "pullrequest.rejected": ("abandoned", "rejected"),
}
"""Event to what was done to the change, and the word for it in customData."""

DATA_CENTER: Final[dict[str, tuple[Done, str]]] = {
    "pr.opened": ("created", "opened"),
    "pr.modified": ("updated", "modified"),
    "pr.from_ref_updated": ("updated", "from_ref_updated"),
    "pr.to_ref_updated": ("updated", "to_ref_updated"),
    "pr.reviewer.updated": ("updated", "reviewers_updated"),
    "pr.reviewer.approved": ("reviewed", "approved"),
    "pr.reviewer.needs_work": ("reviewed", "changes_requested"),
    "pr.reviewer.changes_requested": ("reviewed", "changes_requested"),
    "pr.reviewer.unapproved": ("updated", "unapproved"),
    "pr.merged": ("merged", "merged"),
    "pr.declined": ("abandoned", "declined"),
    "pr.deleted": ("abandoned", "deleted"),
}


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as one notification has it."""

    notice: Notice
    done: Done
    action: str
    subject: str
    """What the change is called over its whole life."""
    at: datetime | None
    head: str | None
    """Its last commit. Of Cloud, the first twelve characters."""
    merge: str | None
    """The commit that it became, where it was merged; shortened likewise."""
    facts: dict[str, Any]
    """What customData repeats."""

    def event(self, *again: str, head: str | None, merge: str | None) -> CDEvent:
        """The CDEvent, with the commits as whole as they are known.

        Only a whole commit is said to have reached the branch: nothing can be found by the start
        of one. `again` tells the same thing said a second time from the first.
        """
        custom = {"commit": head, "head": head, **self.facts}
        if self.done == "merged":
            known = merge is not None and len(merge) >= 40
            custom |= {"commit": merge if known else None, "mergeCommit": None if known else merge}
        description = self.facts["title"] if self.done == "created" else None
        return self.notice.told.occurrence(
            f"change.{self.done}",
            *(self.subject, self.done, *self._which(), *again),
            at=self.at,
            subject=self.subject,
            content={
                "repository": self.notice.repository.reference,
                "description": description,
            },
            **custom,
        )

    def _which(self) -> list[str]:
        """What tells this one from others of its kind: a pull request is merged once, and declined
        and reviewed many times."""
        if self.done in ("created", "merged"):
            return []
        return [self.action, self.facts["reviewer"] or "", stamp(self.at)]


def pull_request(notice: Notice) -> list[CDEvent]:
    """What a Data Center tells of a pull request, whose commits are whole."""
    pull = pull_of(notice)
    return [] if pull is None else [pull.event(head=pull.head, merge=pull.merge)]


def pull_of(notice: Notice) -> Pull | None:
    """The pull request in a notification; None where it has no number."""
    if notice.event in CLOUD:
        return _in_cloud(notice, *CLOUD[notice.event])
    if notice.event in DATA_CENTER:
        return _on_premises(notice, *DATA_CENTER[notice.event])
    return None


def _in_cloud(notice: Notice, done: Done, action: str) -> Pull | None:
    pull = mapping(notice.data, "pullrequest")
    number = ident(pull, "id")
    if number is None:
        return None
    said = mapping(notice.data, "approval") or mapping(notice.data, "changes_request")
    updated = instant(pull, "updated_on")
    return Pull(
        notice,
        done,
        action,
        f"{notice.repository.root}/pullrequests/{number}",
        instant(pull, "created_on") if done == "created" else instant(said, "date") or updated,
        short_sha(pull, "source", "commit", "hash"),
        short_sha(pull, "merge_commit", "hash"),
        {
            "branch": text(pull, "destination", "branch", "name"),
            "url": f"{notice.repository.page}/pull-requests/{number}",
            "headBranch": text(pull, "source", "branch", "name"),
            "base": short_sha(pull, "destination", "commit", "hash"),
            "number": whole(pull, "id"),
            "title": text(pull, "title"),
            "author": _person(pull, "author"),
            "action": action,
            "reviewer": _person(said, "user") if done == "reviewed" else None,
            "state": action if done == "reviewed" else None,
            "mergedBy": _person(pull, "closed_by") if done == "merged" else None,
        },
    )


def _on_premises(notice: Notice, done: Done, action: str) -> Pull | None:
    pull = mapping(notice.data, "pullRequest")
    number = ident(pull, "id")
    if number is None:
        return None
    page = f"{notice.repository.page}/pull-requests/{number}"
    actor = _person(notice.data, "actor")
    reviewer = _person(notice.data, "participant", "user") or actor
    moments = {"created": "createdDate", "merged": "closedDate", "abandoned": "closedDate"}
    said = instant(notice.data, "date")
    native = instant(pull, moments[done], unit="ms") if done in moments else None
    return Pull(
        notice,
        done,
        action,
        page,
        native or said,
        short_sha(pull, "fromRef", "latestCommit"),
        short_sha(pull, "properties", "mergeCommit", "id"),
        {
            "branch": text(pull, "toRef", "displayId"),
            "url": page if url(page) else None,
            "headBranch": text(pull, "fromRef", "displayId"),
            "base": short_sha(pull, "toRef", "latestCommit"),
            "number": whole(pull, "id"),
            "title": text(pull, "title"),
            "author": _person(pull, "author", "user"),
            "action": action,
            "reviewer": reviewer if done == "reviewed" else None,
            "state": action if done == "reviewed" else None,
            "mergedBy": actor if done == "merged" else None,
        },
    )


def _person(data: object, *keys: str) -> str | None:
    """What somebody is called: in Cloud a nickname, else the name on the page."""
    found = mapping(data, *keys)
    return (
        text(found, "nickname")
        or text(found, "username")
        or text(found, "slug")
        or text(found, "display_name")
    )
