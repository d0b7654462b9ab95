"""The commits that reached a branch, as the metrics read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from streamgauge.cdevents import COMMITS_PUSHED, CDEvent
from streamgauge.sources.fields import stamp
from streamgauge.sources.occurrences import Told

MOST_DIRECTORIES: Final = 300
"""A commit that touches more is told by their first two levels: whoever looks for a part of a
repository needs no more, and a commit that moves everything would make an event of megabytes."""

_LEVELS: Final = 2


def commits_pushed(
    told: Told,
    *,
    branch: str,
    subject: str,
    repository: dict[str, str],
    before: str | None,
    after: str,
    commits: Sequence[dict[str, Any]],
    at: datetime | None,
    forced: bool | None = None,
    inferred: bool = False,
    **custom: Any,
) -> CDEvent:
    """One push to a branch.

    `subject` is the branch over its whole life, `commits` are as `commit` gives them, oldest first.
    `inferred` says that `at` is not when it was pushed but near it.
    """
    return told.occurrence(
        COMMITS_PUSHED,
        # A branch may come back to where it was, so the time is part of it.
        *(subject, "pushed", before or "", after, stamp(at)),
        at=at,
        subject=subject,
        content={
            "repository": repository,
            "branch": branch,
            "before": before,
            "after": after,
            "forced": forced or None,
            "commits": list(commits),
        },
        **{
            "repository": repository.get("source"),
            "commit": after,
            "branch": branch,
            "timestampInferred": True if inferred else None,
            **custom,
        },
    )


def commit(
    sha: str,
    written: datetime,
    *,
    author: str | None,
    message: str | None,
    files: Iterable[str] = (),
) -> dict[str, Any]:
    """One commit of a push. `author` is an account or a name; an e-mail address is left out."""
    named = author if author is not None and "@" not in author else None
    return {
        "id": sha,
        "timestamp": stamp(written),
        **({} if named is None else {"author": named}),
        # Without its parents, what is a merge is told by how git and its hosts begin the message.
        "merge": (message or "").startswith("Merge "),
        "directories": directories(files),
    }


def directories(files: Iterable[str]) -> list[str]:
    """The folders of all the files, each once and sorted; ``""`` is the root."""
    found = {file.rpartition("/")[0] for file in files}
    if len(found) > MOST_DIRECTORIES:
        found = {"/".join(folder.split("/")[:_LEVELS]) for folder in found}
    return sorted(found)
