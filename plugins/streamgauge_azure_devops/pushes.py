"""Pushes: what happened to branches, and the commits that reached them."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent
from streamgauge.sources import Repository, commit, commits_pushed
from streamgauge.sources.fields import instant, items, mapping, sha, stamp, text
from streamgauge_azure_devops.notice import Notice
from streamgauge_azure_devops.project import repository_in

_HEADS = "refs/heads/"


def push(notice: Notice) -> list[CDEvent]:
    """Of each branch that a push changed, its own event, then its commits; nothing for tags."""
    found = repository_in(mapping(notice.data, "repository"))
    if found is None:
        return []
    repository, name = found
    updates = items(notice.data, "refUpdates")
    # The commits are those of all refs together, the newest first.
    listed = items(notice.data, "commits") if len(updates) == 1 else []
    commits = [made for each in reversed(listed) if (made := _commit(each)) is not None]
    return [
        event
        for update in updates
        if (branch := branch_of(text(update, "name"))) is not None
        for event in _branch(notice, repository, name, branch, update, commits)
    ]


def branch_of(ref: str | None) -> str | None:
    """The name of a branch; None for a tag."""
    branch = (ref or "").removeprefix(_HEADS)
    return None if branch in (ref or "", "") else branch


def _branch(
    notice: Notice,
    repository: Repository,
    name: str,
    branch: str,
    update: object,
    commits: list[dict[str, Any]],
) -> list[CDEvent]:
    before, after = sha(update, "oldObjectId"), sha(update, "newObjectId")
    at = instant(notice.data, "date") or notice.said
    subject = f"{repository.address}/branches/{branch}"
    reference = {"id": name, "source": repository.address}
    made: list[CDEvent] = []
    if (before is None) is not (after is None):
        done = "deleted" if after is None else "created"
        made.append(
            notice.told.occurrence(
                f"branch.{done}",
                *(subject, done, stamp(at)),
                at=at,
                subject=subject,
                content={"repository": reference},
                repository=repository.address,
                commit=after or before,
                branch=branch,
            )
        )
    if after is not None and after != before:
        made.append(
            commits_pushed(
                notice.told,
                branch=branch,
                subject=subject,
                repository=reference,
                before=before,
                after=after,
                commits=commits,
                at=at,
            )
        )
    return made


def _commit(item: object) -> dict[str, Any] | None:
    """A commit as the event holds it; None for what has no id or was written at no time."""
    identity = sha(item, "commitId")
    written = instant(item, "author", "date") or instant(item, "committer", "date")
    if identity is None or written is None:
        return None
    return commit(
        identity,
        written,
        author=text(item, "author", "name"),
        message=text(item, "comment"),
        files=None,
    )
