"""GitHub's webhook payloads about a change: pushes, the pull request, its review."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from streamgauge_demo.company import NAME, ZONE
from streamgauge_demo.facts import Change
from streamgauge_demo.payloads import Payload, api, page, person, repository
from streamgauge_demo.requests import serial, written
from streamgauge_demo.work import Commit, Push, Work, branch

_NO_COMMIT = "0" * 40


def push(change: Change, name: str, pushed: Push) -> Payload:
    """A branch moves on, or is made."""
    commits = [_commit(commit, change.author) for commit in pushed.commits]
    before, after = pushed.before or _NO_COMMIT, pushed.after
    return {
        "ref": f"refs/heads/{name}",
        "before": before,
        "after": after,
        "created": pushed.before is None,
        "deleted": False,
        "forced": False,
        "compare": f"{page(change.service)}/compare/{before[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": commits[-1],
        # Here, and only here, GitHub names the page as the url and writes seconds since 1970.
        "repository": {
            **repository(change.service),
            "url": page(change.service),
            "pushed_at": int(pushed.at.timestamp()),
        },
        "pusher": {"name": change.author},
        "sender": person(change.author),
    }


def pull_request(
    change: Change, work: Work, action: Literal["opened", "synchronize", "closed"], at: datetime
) -> Payload:
    """A change is proposed, has more commits, or is merged."""
    merged = action == "closed"
    commits = work.commits_at(at)
    pull = {
        **_pull(change, at, commits),
        "state": "closed" if merged else "open",
        "closed_at": written(at) if merged else None,
        "merged_at": written(at) if merged else None,
        "merged": merged,
        "merged_by": person(change.author) if merged else None,
        "merge_commit_sha": change.commit if merged else None,
        "commits": len(commits),
    }
    return {
        "action": action,
        "number": change.number,
        "pull_request": pull,
        "repository": repository(change.service),
        "sender": person(change.author),
    }


def review(change: Change, work: Work) -> Payload:
    """Somebody else has looked at the change and is content."""
    at = work.reviewed
    commits = work.commits_at(at)
    number = serial(change.service.name, "review", str(change.number))
    made = {
        "id": number,
        "user": person(work.reviewer),
        "body": None,
        "commit_id": commits[-1].id,
        "submitted_at": written(at),
        "state": "approved",
        "html_url": f"{page(change.service)}/pull/{change.number}#pullrequestreview-{number}",
    }
    return {
        "action": "submitted",
        "review": made,
        "pull_request": {**_pull(change, at, commits), "state": "open"},
        "repository": repository(change.service),
        "sender": person(work.reviewer),
    }


def _pull(change: Change, at: datetime, commits: list[Commit]) -> Payload:
    """What every event about the pull request repeats."""
    undone = change.reverts
    return {
        "url": f"{api(change.service)}/pulls/{change.number}",
        "html_url": f"{page(change.service)}/pull/{change.number}",
        "id": serial(change.service.name, "pull", str(change.number)),
        "number": change.number,
        "title": change.title,
        "body": undone and f"Reverts {change.service.full_name}#{undone.number}",
        "user": person(change.author),
        # GitHub's button makes a revert, and nobody labels what it made.
        "labels": [{"name": "hotfix"}] if change.hotfix and not undone else [],
        "draft": False,
        "created_at": written(change.opened),
        "updated_at": written(at),
        "head": {"ref": branch(change), "sha": commits[-1].id},
        "base": {"ref": "main", "sha": change.base},
    }


def _commit(commit: Commit, author: str) -> Payload:
    return {
        "id": commit.id,
        "message": commit.message,
        "timestamp": commit.at.astimezone(ZONE).isoformat(),
        "author": {"name": author, "email": f"{author}@{NAME}.example", "username": author},
        "added": commit.added,
        "removed": commit.removed,
        "modified": commit.modified,
    }
