"""Pushes: the branch's own event, and the commits that reached it."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent
from streamgauge.cdevents import COMMITS_PUSHED
from streamgauge_github.branches import address, branch_of, made_or_removed
from streamgauge_github.fields import flag, instant, items, sha, stamp, text, texts, url
from streamgauge_github.notice import Notice

MOST_DIRECTORIES = 300
"""A commit that touches more is told by their first two levels: whoever looks for a part of a
repository needs no more, and a commit that moves everything would make an event of megabytes."""

_LEVELS = 2


def push(notice: Notice) -> list[CDEvent]:
    """branch.created or branch.deleted, then the commits; nothing for a tag."""
    branch = branch_of(notice)
    if branch is None:
        return []
    return [*made_or_removed(notice, branch), *_commits_pushed(notice, branch)]


def _commits_pushed(notice: Notice, branch: str) -> list[CDEvent]:
    """One event for a push that moved the branch, or made it, with commits or without."""
    data = notice.data
    before, after = sha(data, "before"), sha(data, "after")
    if after is None or after == before or flag(data, "deleted"):
        return []
    pushed = instant(data, "repository", "pushed_at")
    at = pushed or instant(data, "head_commit", "timestamp")
    subject = address(notice, branch)
    commits = [made for item in items(data, "commits") if (made := _commit(item)) is not None]
    return [
        notice.make(
            COMMITS_PUSHED,
            # A branch may come back to where it was, so the time is part of it.
            *(subject, "pushed", before or "", after, stamp(at)),
            at=at,
            subject=subject,
            content={
                "repository": notice.repository.reference,
                "branch": branch,
                "before": before,
                "after": after,
                "forced": flag(data, "forced") or None,
                "commits": commits,
            },
            commit=after,
            branch=branch,
            url=url(data, "compare"),
            # The newest commit may have been written long before it was pushed.
            timestampInferred=True if pushed is None else None,
        )
    ]


def _commit(item: object) -> dict[str, Any] | None:
    """A commit as the event holds it; None for what has no id or was written at no time."""
    commit, written = sha(item, "id"), instant(item, "timestamp")
    if commit is None or written is None:
        return None
    author = _author(item)
    return {
        "id": commit,
        "timestamp": stamp(written),
        **({} if author is None else {"author": author}),
        "merge": _merges(item),
        "directories": _directories(item),
    }


def _merges(item: object) -> bool:
    """Whether two branches come together in it. There are no parents to see it by, so this goes
    by the words that git and GitHub begin such a message with."""
    return (text(item, "message") or "").startswith("Merge ")


def _author(item: object) -> str | None:
    """The account, else the name that git was told. Many tell git their e-mail address."""
    name = text(item, "author", "username") or text(item, "author", "name")
    return None if name is None or "@" in name else name


def _directories(item: object) -> list[str]:
    """The folders of all files that it touches, each once and sorted; ``""`` is the root."""
    paths = [path for kind in ("added", "removed", "modified") for path in texts(item, kind)]
    found = {path.rpartition("/")[0] for path in paths}
    if len(found) > MOST_DIRECTORIES:
        found = {"/".join(folder.split("/")[:_LEVELS]) for folder in found}
    return sorted(found)
