"""Half a year of an invented repository: what GitHub's API answers about it, and which webhooks it
sent. Both are written here as GitHub documents them, each for itself."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from streamgauge.timestamps import format_rfc3339

from .samples import API, NO_COMMIT, WEB, Payload, person

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def when(at: datetime) -> str:
    return format_rfc3339(at.replace(microsecond=0))


@dataclass
class History:
    """What happened; each list is oldest first, in the form of the API's answers."""

    commits: dict[str, Payload] = field(default_factory=dict)
    head: str | None = None
    activities: list[Payload] = field(default_factory=list)
    pulls: list[Payload] = field(default_factory=list)
    commits_of: dict[int, list[Payload]] = field(default_factory=dict)
    reviews_of: dict[int, list[Payload]] = field(default_factory=dict)
    deployments: list[Payload] = field(default_factory=list)
    statuses_of: dict[int, list[Payload]] = field(default_factory=dict)
    releases: list[Payload] = field(default_factory=list)
    tags: list[Payload] = field(default_factory=list)
    issues: list[Payload] = field(default_factory=list)
    events_of: dict[int, list[Payload]] = field(default_factory=dict)
    workflows: list[Payload] = field(default_factory=list)
    runs: list[Payload] = field(default_factory=list)
    attempts: dict[tuple[int, int], Payload] = field(default_factory=dict)
    webhooks: list[tuple[str, Payload]] = field(default_factory=list)
    """The deliveries, in the order in which they were sent."""
    numbers: int = 0

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def repository(self, **more: Any) -> Payload:
        """As it stands in webhooks, with some of the many counters."""
        return {
            "id": 4711,
            "name": "Shop",
            "full_name": "Acme/Shop",
            "owner": person("Acme"),
            "private": False,
            "html_url": WEB,
            "url": API,
            "default_branch": "main",
            "created_at": "2025-01-05T08:00:00Z",
            "updated_at": "2026-03-01T09:00:00Z",
            "stargazers_count": 5,
            **more,
        }

    def said(self, event: str, **payload: Any) -> None:
        self.webhooks.append(
            (event, {"repository": self.repository(), "sender": person("kim"), **payload})
        )

    def commit(
        self, at: datetime, parents: list[str], message: str = "Sell hats", *, late: int = 0
    ) -> str:
        """A commit, written at a time, that was put there so many minutes later."""
        name = hashlib.sha1(f"{at}{parents}{message}".encode()).hexdigest()
        self.commits[name] = {
            "sha": name,
            "commit": {
                "author": {"name": "Kim", "email": "kim@acme.example", "date": when(at)},
                "committer": {"name": "GitHub", "date": when(at + timedelta(minutes=late))},
                "message": f"{message}\n\nThey are in fashion.",
            },
            "author": person("kim"),
            "parents": [{"sha": each, "url": f"{API}/commits/{each}"} for each in parents],
        }
        return name

    def pushed(
        self, branch: str, before: str, after: str, commits: list[str], at: datetime,
        kind: str = "push",
    ) -> None:  # fmt: skip
        if branch == "main":
            self.activities.append(
                {
                    "id": 700 + len(self.activities),
                    "before": before,
                    "after": after,
                    "ref": f"refs/heads/{branch}",
                    "timestamp": when(at),
                    "activity_type": kind,
                    "actor": person("kim"),
                }
            )
            self.head = after
        sent = [self._in_push(each) for each in commits]
        self.said(
            "push",
            ref=f"refs/heads/{branch}",
            before=before,
            after=after,
            created=before == NO_COMMIT,
            deleted=False,
            forced=kind == "force_push",
            compare=f"{WEB}/compare/{before[:12]}...{after[:12]}",
            head_commit=self._in_push(after),
            commits=sent,
            repository=self.repository(url=WEB, pushed_at=int(at.timestamp())),
        )

    def _in_push(self, name: str) -> Payload:
        told = self.commits[name]["commit"]
        return {
            "id": name,
            "message": told["message"],
            "timestamp": told["author"]["date"].replace("Z", "+00:00"),
            "author": {"name": "Kim", "email": "kim@acme.example", "username": "kim"},
            "added": ["shop/hats.py"],
            "removed": [],
            "modified": [],
        }

    def pull_request(
        self, at: datetime, *, commits: int = 2, merge: str | None = "squash", title: str = "Hats",
        fork: bool = False, labels: tuple[str, ...] = (),
    ) -> datetime:  # fmt: skip
        """One that was written, opened, reviewed and merged, or not; when that was over."""
        number = self.number()
        branch = f"hats-{number}"
        base = str(self.head)
        own, before = [], base
        for n in range(commits):
            before = self.commit(at + timedelta(hours=n), [before], f"{title} {n}")
            own.append(before)
        made = at + timedelta(hours=commits)
        ended = made + timedelta(hours=20)
        if not fork:
            self.pushed(branch, NO_COMMIT, own[-1], own, made - timedelta(minutes=5))
        pull: Payload = {
            "url": f"{API}/pulls/{number}",
            "html_url": f"{WEB}/pull/{number}",
            "id": 9000 + number,
            "number": number,
            "state": "open",
            "title": title,
            "body": "They are in fashion.",
            "user": person("kim"),
            "labels": [{"id": 1, "name": name, "color": "fff"} for name in labels],
            "draft": False,
            "created_at": when(made),
            "updated_at": when(made),
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": "e" * 40,
            "head": {
                "label": f"{'kim' if fork else 'Acme'}:{branch}", "ref": branch, "sha": own[-1],
                "repo": self.repository(full_name="kim/Shop" if fork else "Acme/Shop"),
            },
            "base": {"label": "Acme:main", "ref": "main", "sha": base, "repo": self.repository()},
        }  # fmt: skip
        detailed = {"merged": False, "merged_by": None, "commits": commits, "comments": 3}
        self.said("pull_request", action="opened", number=number, pull_request={**pull, **detailed})
        review = {
            "id": 31000 + number,
            "user": person("sam"),
            "body": "",
            "commit_id": own[-1],
            "submitted_at": when(made + timedelta(hours=4)),
            "state": "APPROVED",
            "html_url": f"{WEB}/pull/{number}#pullrequestreview-{number}",
        }
        self.reviews_of[number] = [review]
        self.said(
            "pull_request_review",
            action="submitted",
            review={**review, "state": "approved"},
            pull_request=dict(pull),
        )
        pull |= {"state": "closed", "closed_at": when(ended), "updated_at": when(ended)}
        if merge is not None:
            merged = self._merge(merge, number, title, own, base, ended)
            pull |= {"merged_at": when(ended), "merge_commit_sha": merged}
            detailed |= {"merged": True, "merged_by": person("sam")}
        self.said("pull_request", action="closed", number=number, pull_request={**pull, **detailed})
        self.pulls.append(pull)
        self.commits_of[number] = [self.commits[each] for each in own]
        return ended

    def _merge(
        self, how: str, number: int, title: str, own: list[str], base: str, at: datetime
    ) -> str:
        if how == "squash":
            merged = self.commit(at, [base], f"{title} (#{number})")
            brought = [merged]
        else:
            message = f"Merge pull request #{number} from Acme/hats-{number}"
            merged = self.commit(at, [base, own[-1]], message)
            brought = [*own, merged]
        self.pushed("main", base, merged, brought, at, "pr_merge")
        return merged

    def direct(self, at: datetime, commits: int = 1) -> datetime:
        """Commits that come to the default branch without a pull request."""
        before = self.head or NO_COMMIT
        names, last = [], self.head
        for n in range(commits):
            last = self.commit(at + timedelta(minutes=n), [last] if last else [], f"Direct {n}")
            names.append(last)
        over = at + timedelta(minutes=commits + 30)
        kind = "branch_creation" if before == NO_COMMIT else "push"
        self.pushed("main", before, str(last), names, over, kind)
        return over

    def deploy(
        self, at: datetime, commit: str | None = None, state: str = "success",
        environment: str = "production",
    ) -> datetime:  # fmt: skip
        number = self.number()
        over = at + timedelta(minutes=6)
        deployment = {
            "url": f"{API}/deployments/{number}",
            "id": number,
            "sha": commit or self.head,
            "ref": "main",
            "task": "deploy",
            "payload": {},
            "environment": environment,
            "original_environment": environment,
            "description": None,
            "creator": person("kim"),
            "created_at": when(at),
            "updated_at": when(at),
            "transient_environment": False,
            "production_environment": environment == "production",
        }
        self.said("deployment", action="created", deployment=dict(deployment))
        statuses = []
        for n, each in enumerate(("in_progress", state)):
            moment = when(at + timedelta(minutes=1 + 5 * n))
            status = {
                "url": f"{API}/deployments/{number}/statuses/{n}",
                "id": number * 10 + n,
                "state": each,
                "environment": environment,
                "creator": person("kim"),
                "description": "",
                "target_url": "",
                "log_url": f"{WEB}/actions/runs/77",
                "environment_url": "",
                "created_at": moment,
                "updated_at": moment,
                "deployment_url": f"{API}/deployments/{number}",
            }
            deployment["updated_at"] = moment
            self.said(
                "deployment_status",
                action="created",
                deployment_status=status,
                deployment=dict(deployment),
            )
            statuses.append(status)
        self.deployments.append(deployment)
        self.statuses_of[number] = statuses
        return over

    def release(self, at: datetime, tag: str) -> datetime:
        number = self.number()
        made = {
            "url": f"{API}/releases/{number}",
            "html_url": f"{WEB}/releases/tag/{tag}",
            "id": number,
            "tag_name": tag,
            "target_commitish": "main",
            "name": tag,
            "draft": False,
            "prerelease": False,
            "author": person("kim"),
            "created_at": when(at),
            "published_at": when(at),
            "assets": [
                {
                    "url": f"{API}/releases/assets/{number}",
                    "id": number,
                    "name": "shop.tar.gz",
                    "browser_download_url": f"{WEB}/releases/download/{tag}/shop.tar.gz",
                    "digest": None,
                    "download_count": 7,
                }
            ],
        }
        commit = str(self.head)
        self.tags.append({"name": tag, "commit": {"sha": commit, "url": f"{API}/commits/{commit}"}})
        self.releases.append(made)
        self.said(
            "push", ref=f"refs/tags/{tag}", before=NO_COMMIT, after=commit, created=True,
            deleted=False, forced=False, compare=f"{WEB}/compare/{tag}", commits=[],
            head_commit=self._in_push(commit),
            repository=self.repository(url=WEB, pushed_at=int(at.timestamp())),
        )  # fmt: skip
        self.said("release", action="published", release=made)
        return at

    def incident(self, at: datetime, *, hours: int = 2, reopened: bool = False) -> datetime:
        number = self.number()
        issue: Payload = {
            "url": f"{API}/issues/{number}",
            "html_url": f"{WEB}/issues/{number}",
            "id": 8000 + number,
            "number": number,
            "title": "No hat can be bought",
            "body": "Since this morning.",
            "user": person("kim"),
            "state": "open",
            "state_reason": None,
            "labels": [{"id": 1, "name": "Incident"}],
            "assignees": [],
            "comments": 2,
            "created_at": when(at),
            "updated_at": when(at),
            "closed_at": None,
        }
        self.said("issues", action="opened", issue=dict(issue))
        self.said("issues", action="labeled", issue=dict(issue), label={"name": "Incident"})
        self.events_of[number] = [{"id": 1, "event": "labeled", "created_at": when(at)}]

        def turned(what: str, over: datetime) -> None:
            closed = what == "closed"
            issue["state"] = "closed" if closed else "open"
            issue["state_reason"] = "completed" if closed else "reopened"
            issue["closed_at"] = when(over) if closed else None
            issue["updated_at"] = when(over)
            self.said("issues", action=what, issue=dict(issue))
            self.events_of[number].append({"id": 2, "event": what, "created_at": when(over)})

        turned("closed", at + timedelta(hours=hours))
        if reopened:
            turned("reopened", at + timedelta(hours=hours + 1))
            turned("closed", at + timedelta(hours=hours + 2))
        self.issues.append(issue)
        return at + timedelta(hours=hours + 2)

    def run(
        self, at: datetime, *conclusions: str, branch: str = "main", trigger: str = "push"
    ) -> datetime:
        """A run of deploy.yml; one attempt for each conclusion."""
        number = self.number()
        if not self.workflows:
            self.workflows += [
                {"id": 1, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active"},
                {"id": 2, "name": "Ship", "path": ".github/workflows/deploy.yml"},
            ]
        for attempt, conclusion in enumerate(conclusions, start=1):
            started = at + timedelta(minutes=10 * attempt)
            made = {
                "id": number,
                "name": "Ship",
                "path": ".github/workflows/deploy.yml",
                "workflow_id": 2,
                "url": f"{API}/actions/runs/{number}",
                "html_url": f"{WEB}/actions/runs/{number}",
                "run_number": number,
                "run_attempt": attempt,
                "event": trigger,
                "status": "completed",
                "conclusion": conclusion,
                "head_branch": branch,
                "head_sha": self.head,
                "created_at": when(at),
                "run_started_at": when(started),
                "updated_at": when(started + timedelta(minutes=5)),
                "repository": self.repository(),
            }
            self.attempts[number, attempt] = made
            self.said(
                "workflow_run", action="completed", workflow_run=made, workflow={"name": "Ship"}
            )
        self.runs.append(self.attempts[number, len(conclusions)])
        return at + timedelta(hours=1)


def invented(seed: int, steps: int = 12) -> History:
    """A history by chance: the same seed gives the same one."""
    dice = random.Random(seed)
    history = History()
    at = history.direct(START, 2)
    for _ in range(steps):
        at += timedelta(hours=dice.randint(5, 60))
        at = dice.choice(_STEPS)(history, dice, at)
    return history


def _merged(history: History, dice: random.Random, at: datetime) -> datetime:
    revert = history.pulls and dice.random() < 0.2
    title = f'Revert "{history.pulls[-1]["title"]}"' if revert else f"Hats {history.numbers}"
    return history.pull_request(
        at,
        commits=dice.randint(1, 3),
        merge=dice.choice(["squash", "merge", "merge", None]),
        title=title,
        labels=("hotfix",) if dice.random() < 0.2 else (),
    )


def _deployed(history: History, dice: random.Random, at: datetime) -> datetime:
    return history.deploy(
        at,
        state=dice.choice(["success", "success", "success", "failure", "error"]),
        environment=dice.choice(["production", "production", "staging"]),
    )


def _back(history: History, dice: random.Random, at: datetime) -> datetime:
    before = [each["sha"] for each in history.deployments]
    return history.deploy(at, dice.choice(before) if before else None)


_STEPS = [
    _merged,
    _merged,
    _merged,
    lambda history, dice, at: history.direct(at, dice.randint(1, 3)),
    _deployed,
    _deployed,
    _deployed,
    _back,
    lambda history, dice, at: history.incident(at, reopened=dice.random() < 0.3),
    lambda history, dice, at: history.release(at, f"v{history.numbers}"),
]


def listed(history: History, since: str) -> Iterator[Payload]:
    """The commits of the default branch that were put there since, the newest first."""
    waiting, seen = [history.head], set()
    found = []
    while waiting:
        name = waiting.pop()
        if name is None or name in seen:
            continue
        seen.add(name)
        found.append(history.commits[name])
        waiting += [parent["sha"] for parent in history.commits[name]["parents"]]
    place = {name: number for number, name in enumerate(history.commits)}
    found.sort(
        key=lambda each: (each["commit"]["committer"]["date"], place[each["sha"]]), reverse=True
    )
    # The branch's head is first, whatever the times of others are.
    found.sort(key=lambda each: each["sha"] != history.head)
    return (each for each in found if each["commit"]["committer"]["date"] >= since)
