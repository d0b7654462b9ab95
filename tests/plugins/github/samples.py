"""Payloads of a small invented company, as GitHub would send them, cut down to what matters."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

from streamgauge import CDEvent, CloudEvent, WebhookRequest, new_event
from streamgauge.cloudevents import to_sdk
from streamgauge.settings import Settings
from streamgauge_github import receivers, transformers

Payload = dict[str, Any]

ACCEPTED = datetime(2031, 1, 1, tzinfo=UTC)
"""When Streamgauge accepted an event: far from every time in a payload, so that it shows."""

WEB = "https://github.com/Acme/Shop"
API = "https://api.github.com/repos/Acme/Shop"
ONE, TWO, THREE = "1" * 39 + "a", "2" * 39 + "b", "3" * 39 + "c"
NO_COMMIT = "0" * 40


def person(login: str) -> Payload:
    return {"login": login, "id": 7, "type": "User", "html_url": f"https://github.com/{login}"}


def repository(**more: Any) -> Payload:
    return {
        "id": 4711,
        "name": "Shop",
        "full_name": "Acme/Shop",
        "owner": person("Acme"),
        "html_url": WEB,
        "url": API,
        "clone_url": f"{WEB}.git",
        "default_branch": "main",
        "created_at": "2026-01-05T08:00:00Z",
        "updated_at": "2026-03-01T09:00:00Z",
        "pushed_at": "2026-03-01T10:00:00Z",
        **more,
    }


def about(**payload: Any) -> Payload:
    """A payload with what nearly every one has."""
    return {**payload, "repository": repository(), "sender": person("robin")}


def commit(name: str, message: str = "Sell hats", **more: Any) -> Payload:
    return {
        "id": name,
        "message": message,
        "timestamp": "2026-02-27T23:30:00+02:00",
        "author": {"name": "Kim Kay", "email": "kim@acme.example", "username": "kim"},
        "added": ["shop/hats/tests/test_sizes.py"],
        "removed": [],
        "modified": ["shop/hats/sizes.py", "shop/hats/colours.py", "README.md"],
        **more,
    }


def push(
    ref: str, *, before: str, after: str, commits: list[Any] | None = None, **flags: bool
) -> Payload:
    head = commit(after)
    new = [head] if commits is None else commits
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": False,
        "deleted": False,
        "forced": False,
        **flags,
        "compare": f"{WEB}/compare/{before[:12]}...{after[:12]}",
        "head_commit": None if after == NO_COMMIT else head,
        "commits": [] if after == NO_COMMIT else new,
        # Here, and only here, GitHub writes seconds since 1970 and names the page as the url.
        "repository": repository(pushed_at=1772359200, created_at=1767600000, url=WEB),
        "pusher": {"name": "robin"},
        "sender": person("robin"),
    }


def pull(action: str, **more: Any) -> Payload:
    request = {
        "url": f"{API}/pulls/12",
        "html_url": f"{WEB}/pull/12",
        "id": 900012,
        "number": 12,
        "state": "open",
        "title": "Sell hats",
        "body": "They are in fashion.",
        "user": person("kim"),
        "created_at": "2026-03-02T08:15:00Z",
        "updated_at": "2026-03-02T09:30:00Z",
        "closed_at": None,
        "merged_at": None,
        # Set on open pull requests too: GitHub tries the merge out.
        "merge_commit_sha": THREE,
        "merged": False,
        "merged_by": None,
        "draft": False,
        "labels": [{"id": 1, "name": "hotfix"}],
        "head": {"ref": "hats", "sha": TWO},
        "base": {"ref": "main", "sha": ONE},
        "commits": 3,
        **more,
    }
    return about(action=action, number=12, pull_request=request)


def review(action: str, state: str = "approved") -> Payload:
    request = {k: v for k, v in pull("x")["pull_request"].items() if k not in ("merged", "commits")}
    handed_in = {
        "id": 31337,
        "user": person("sam"),
        "body": None,
        "commit_id": TWO,
        "submitted_at": "2026-03-02T10:00:00Z",
        "state": state,
        "html_url": f"{WEB}/pull/12#pullrequestreview-31337",
    }
    return about(action=action, review=handed_in, pull_request=request)


def deployment(
    state: str,
    *,
    number: int = 81,
    commit: str = ONE,
    at: str = "2026-03-03T12:00:00Z",
    payload: Any = None,
    environment: str = "production",
    transient: bool = False,
) -> Payload:
    status = {
        "url": f"{API}/deployments/{number}/statuses/5",
        "id": 5,
        "state": state,
        "environment": environment,
        "target_url": "",
        "log_url": f"{WEB}/actions/runs/77/job/1",
        "environment_url": "https://shop.example",
        "created_at": at,
        "updated_at": at,
        "deployment_url": f"{API}/deployments/{number}",
    }
    request = {
        "url": f"{API}/deployments/{number}",
        "id": number,
        "sha": commit,
        "ref": "main",
        "task": "deploy",
        "payload": {} if payload is None else payload,
        "original_environment": environment,
        "environment": environment,
        "created_at": "2026-03-03T11:58:00Z",
        "updated_at": at,
        "transient_environment": transient,
        "production_environment": environment == "production",
    }
    return about(action="created", deployment_status=status, deployment=request)


def run(action: str, *, conclusion: str | None = None, attempt: int = 1) -> Payload:
    again = attempt > 1
    made = {
        "id": 77,
        "name": "Build",
        "path": ".github/workflows/build.yml",
        "url": f"{API}/actions/runs/77",
        "html_url": f"{WEB}/actions/runs/77",
        "run_number": 5,
        "run_attempt": attempt,
        "event": "push",
        "status": "completed" if conclusion else "queued",
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": ONE,
        "created_at": "2026-03-03T11:00:00Z",
        "run_started_at": "2026-03-03T15:00:00Z" if again else "2026-03-03T11:00:00Z",
        "updated_at": "2026-03-03T15:06:00Z" if again else "2026-03-03T11:07:00Z",
    }
    return about(action=action, workflow_run=made, workflow={"id": 3, "name": "Build"})


def job(action: str, *, conclusion: str | None = None) -> Payload:
    made = {
        "id": 501,
        "run_id": 77,
        "run_attempt": 2,
        "run_url": f"{API}/actions/runs/77",
        "url": f"{API}/actions/jobs/501",
        "html_url": f"{WEB}/actions/runs/77/job/501",
        "name": "unit tests",
        "workflow_name": "Build",
        "status": "completed" if conclusion else action,
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": ONE,
        "created_at": "2026-03-03T11:00:10Z",
        "started_at": "2026-03-03T11:01:00Z",
        "completed_at": "2026-03-03T11:05:00Z" if conclusion else None,
        "steps": [],
    }
    return about(action=action, workflow_job=made)


def check(action: str, *, conclusion: str | None = None, app: str = "Hat Linter") -> Payload:
    made = {
        "id": 601,
        "name": "hats are round",
        "head_sha": TWO,
        "url": f"{API}/check-runs/601",
        "html_url": f"{WEB}/runs/601",
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": "2026-03-02T09:31:00Z",
        "completed_at": "2026-03-02T09:32:00Z" if conclusion else None,
        "app": {"id": 99, "slug": app.lower().replace(" ", "-"), "name": app},
        "check_suite": {"id": 600, "head_branch": "hats"},
    }
    return about(action=action, check_run=made)


def suite(action: str, *, app: str = "Hat Linter") -> Payload:
    made = {
        "id": 600,
        "head_branch": "hats",
        "head_sha": TWO,
        "url": f"{API}/check-suites/600",
        "status": "completed",
        "conclusion": "timed_out",
        "created_at": "2026-03-02T09:30:30Z",
        "updated_at": "2026-03-02T09:40:00Z",
        "app": {"id": 99, "slug": app.lower().replace(" ", "-"), "name": app},
    }
    return about(action=action, check_suite=made)


def release(action: str, **more: Any) -> Payload:
    download = f"{WEB}/releases/download/v1.4.0"
    made = {
        "url": f"{API}/releases/21",
        "html_url": f"{WEB}/releases/tag/v1.4.0",
        "id": 21,
        "tag_name": "v1.4.0",
        "target_commitish": "main",
        "name": "Hats",
        "draft": False,
        "prerelease": False,
        "author": person("kim"),
        "created_at": "2026-03-03T09:00:00Z",
        "published_at": "2026-03-03T09:10:00Z",
        "assets": [
            {
                "url": f"{API}/releases/assets/1",
                "id": 1,
                "name": "shop-linux.tar.gz",
                "browser_download_url": f"{download}/shop-linux.tar.gz",
                "digest": "sha256:" + "ab" * 32,
            },
            {"url": f"{API}/releases/assets/2", "id": 2, "name": "checksums.txt", "digest": None},
        ],
        **more,
    }
    return about(action=action, release=made)


def image(event: str, *, tag: str = "1.4.0") -> Payload:
    digest = "sha256:" + "cd" * 32
    version = {
        "id": 1001,
        "version": digest,
        "html_url": "https://github.com/orgs/Acme/packages/container/shop/1001",
        "target_commitish": "main",
        "target_oid": TWO,
        "package_url": f"ghcr.io/Acme/Shop:{tag}",
        "created_at": "0001-01-01T00:00:00Z",
        "updated_at": "0001-01-01T00:00:00Z",
        "author": person("kim"),
        "container_metadata": {
            "tag": {"name": tag, "digest": digest},
            "labels": {"revision": ONE, "source": WEB},
            "manifest": {"digest": digest},
        },
    }
    made = {
        "id": 1000,
        "name": "Shop",
        "namespace": "Acme",
        "ecosystem": "CONTAINER",
        "package_type": "CONTAINER",
        "html_url": "https://github.com/orgs/Acme/packages/container/shop",
        "created_at": "2026-01-06T08:00:00Z",
        "updated_at": "2026-03-03T09:20:00Z",
        "owner": person("Acme"),
        "package_version": version,
    }
    return about(action="published", **{event: made})


def library(kind: str) -> Payload:
    version = {
        "id": 1101,
        "version": "2.0.1",
        "html_url": f"{WEB}/packages/1100?version=2.0.1",
        "tag_name": "v2.0.1",
        "target_commitish": "main",
        "target_oid": ONE,
        "created_at": "2026-03-03T09:25:00Z",
        "updated_at": "2026-03-03T09:25:01Z",
        "author": person("kim"),
    }
    made = {
        "id": 1100,
        "name": "hat-sizes",
        "package_type": kind,
        "owner": person("Acme"),
        "updated_at": "2026-03-03T09:25:02Z",
        "package_version": version,
    }
    return about(action="published", package=made)


def issue(action: str, *labels: str, label: str | None = None, **more: Any) -> Payload:
    made = {
        "url": f"{API}/issues/9",
        "html_url": f"{WEB}/issues/9",
        "id": 800009,
        "number": 9,
        "title": "No hat can be bought",
        "body": f"Since this morning.\nRoot cause: {TWO}",
        "user": person("kim"),
        "state": "open",
        "state_reason": None,
        "labels": [{"id": i, "name": name} for i, name in enumerate(labels, 1)],
        "assignees": [person("sam"), person("robin")],
        "milestone": {"title": "Spring"},
        "created_at": "2026-03-04T07:00:00Z",
        "updated_at": "2026-03-04T07:45:00Z",
        "closed_at": None,
        **more,
    }
    payload = about(action=action, issue=made)
    return payload if label is None else {**payload, "label": {"id": 1, "name": label}}


CLOSED = {"state": "closed", "closed_at": "2026-03-04T08:00:00Z"}
MERGED = {
    "state": "closed",
    "merged": True,
    "merged_at": "2026-03-02T11:00:00Z",
    "closed_at": "2026-03-02T11:00:00Z",
    "merged_by": person("sam"),
}
RENAMED = {"repository": {"name": {"from": "Store"}}}
OTHER_HOST = {
    "full_name": "Acme/Shop",
    "html_url": "https://git.acme.example:8443/Acme/Shop",
    "url": "https://git.acme.example:8443/api/v3/repos/Acme/Shop",
}

CASES: dict[str, tuple[str, Payload]] = {
    "push-branch-created": (
        "push",
        push("refs/heads/hats", before=NO_COMMIT, after=TWO, created=True),
    ),
    "push-branch-deleted": (
        "push",
        push("refs/heads/a/b", before=TWO, after=NO_COMMIT, deleted=True),
    ),
    "push-branch-at-a-commit": (
        "push",
        push("refs/heads/1.x", before=NO_COMMIT, after=TWO, created=True, commits=[]),
    ),
    "push-commits": (
        "push",
        push(
            "refs/heads/main",
            before=ONE,
            after=TWO,
            commits=[
                commit(THREE, author={"name": "Kim Kay"}, added=[], modified=[], removed=["a/b"]),
                commit(THREE, timestamp="yesterday"),
                commit(TWO, "Merge branch 'hats'", author={"name": "kim@acme.example"}),
            ],
        ),
    ),
    "push-forced": ("push", push("refs/heads/hats", before=ONE, after=TWO, forced=True)),
    "push-nothing": ("push", push("refs/heads/main", before=TWO, after=TWO)),
    "push-untimed": (
        "push",
        {
            **push("refs/heads/main", before=ONE, after=TWO),
            "repository": repository(pushed_at=None),
        },
    ),
    "push-tag": ("push", push("refs/tags/v1", before=NO_COMMIT, after=TWO, created=True)),
    "create": ("create", about(ref="hats", ref_type="branch")),
    "delete": ("delete", about(ref="hats", ref_type="branch")),
    "pull-opened": ("pull_request", pull("opened")),
    "pull-opened-empty": ("pull_request", pull("opened", title="", body=None, labels=[])),
    "pull-merged": ("pull_request", pull("closed", **MERGED)),
    "pull-abandoned": ("pull_request", pull("closed", closed_at="2026-03-02T12:00:00Z")),
    "pull-synchronize": ("pull_request", pull("synchronize")),
    "pull-reopened": ("pull_request", pull("reopened")),
    "pull-labeled": ("pull_request", pull("labeled")),
    "pull-ready": ("pull_request", pull("ready_for_review")),
    "review-submitted": ("pull_request_review", review("submitted", "APPROVED")),
    "review-dismissed": ("pull_request_review", review("dismissed")),
    "deployment": (
        "deployment",
        about(action="created", deployment=deployment("success")["deployment"]),
    ),
    "deployment-success": ("deployment_status", deployment("success")),
    "deployment-component": (
        "deployment_status",
        deployment("success", payload={"component": "checkout"}),
    ),
    "deployment-component-text": (
        "deployment_status",
        deployment("success", payload='{"component": "checkout"}'),
    ),
    "deployment-payload-nonsense": ("deployment_status", deployment("success", payload="{hats")),
    "deployment-failure": ("deployment_status", deployment("failure")),
    "deployment-error": ("deployment_status", deployment("error")),
    "deployment-inactive": ("deployment_status", deployment("inactive")),
    "deployment-preview-gone": (
        "deployment_status",
        deployment("inactive", environment="preview-12", transient=True),
    ),
    "deployment-in-progress": ("deployment_status", deployment("in_progress")),
    "deployment-queued": ("deployment_status", deployment("queued")),
    "run-requested": ("workflow_run", run("requested")),
    "run-in-progress": ("workflow_run", run("in_progress")),
    "run-again-requested": ("workflow_run", run("requested", attempt=2)),
    "run-again-completed": ("workflow_run", run("completed", attempt=2, conclusion="success")),
    **{
        f"run-completed-{word}": ("workflow_run", run("completed", conclusion=word))
        for word in (
            "success",
            "failure",
            "cancelled",
            "stale",
            "timed_out",
            "startup_failure",
            "action_required",
            "neutral",
            "skipped",
        )
    },
    "job-queued": ("workflow_job", job("queued")),
    "job-waiting": ("workflow_job", job("waiting")),
    "job-in-progress": ("workflow_job", job("in_progress")),
    "job-completed": ("workflow_job", job("completed", conclusion="failure")),
    "check-created": ("check_run", check("created")),
    "check-completed": ("check_run", check("completed", conclusion="neutral")),
    "check-rerequested": ("check_run", check("rerequested", conclusion="neutral")),
    "check-of-actions": (
        "check_run",
        check("completed", conclusion="failure", app="GitHub Actions"),
    ),
    "suite-completed": ("check_suite", suite("completed")),
    "suite-requested": ("check_suite", suite("requested")),
    "suite-of-actions": ("check_suite", suite("completed", app="GitHub Actions")),
    "status": (
        "status",
        about(
            sha=ONE,
            state="success",
            context="ci/hats",
            target_url="https://ci.acme.example/hats/7",
            branches=[{"name": "main"}],
            updated_at="2026-03-03T11:07:00Z",
        ),
    ),
    "status-pending": ("status", about(sha=ONE, state="pending", context="ci/hats")),
    "status-unknown": ("status", about(sha=ONE, state="odd", context="ci/hats")),
    "release-published": ("release", release("published")),
    "release-published-commit": (
        "release",
        release("published", target_commitish=ONE, assets=[], prerelease=True),
    ),
    "release-created": ("release", release("created")),
    "release-released": ("release", release("released")),
    "package-image": ("package", image("package")),
    "package-layer": ("package", image("package", tag="")),
    "registry-package-image": ("registry_package", image("registry_package")),
    "package-npm": ("package", library("npm")),
    "package-maven": ("package", library("maven")),
    "package-rubygems": ("package", library("rubygems")),
    "issue-opened": ("issues", issue("opened", "bug")),
    "issue-closed": ("issues", issue("closed", "bug", **CLOSED, state_reason="not_planned")),
    "issue-edited": ("issues", issue("edited")),
    "issue-of-a-pull-request": (
        "issues",
        issue("milestoned", html_url=f"{WEB}/pull/9", pull_request={"url": f"{API}/pulls/9"}),
    ),
    "incident-opened": ("issues", issue("opened", "bug", "Incident")),
    "incident-labeled": ("issues", issue("labeled", "incident", label="incident")),
    "incident-labeled-closed": (
        "issues",
        issue("labeled", "incident", label="incident", **CLOSED),
    ),
    "incident-labeled-otherwise": ("issues", issue("labeled", "incident", "bug", label="bug")),
    "incident-closed": ("issues", issue("closed", "incident", **CLOSED)),
    "incident-reopened": ("issues", issue("reopened", "incident")),
    "incident-unlabeled": ("issues", issue("unlabeled", "bug", label="incident")),
    "incident-deleted": ("issues", issue("deleted", "incident")),
    "issue-comment": ("issue_comment", about(action="created", issue={"number": 9})),
    "repository-created": ("repository", about(action="created")),
    "repository-deleted": ("repository", about(action="deleted")),
    "repository-renamed": ("repository", {**about(action="renamed"), "changes": RENAMED}),
    "repository-archived": ("repository", about(action="archived")),
    "other-host": ("pull_request", {**pull("reopened"), "repository": repository(**OTHER_HOST)}),
    "star": ("star", about(action="created")),
}
"""Every row of the mapping, and what means nothing: name to event and payload."""


def settings(**options: Any) -> Settings:
    return Settings(plugins={"github": options})


def received(event: str, payload: Payload, *, delivery: str = "d-1") -> CloudEvent:
    """What the transformer is given for a delivery to the receiver."""
    [receiver] = receivers(settings(allow_unsigned=True))
    headers = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
    }
    [made] = receiver.receive(WebhookRequest(headers, json.dumps(payload).encode(), {}))
    return to_sdk(made.state, ACCEPTED)


def from_knative(event: str, payload: Payload) -> CloudEvent:
    """The same from Knative's GitHubSource: read into Go's structures and written again."""
    made = new_event(
        id="d-1",
        source=WEB,
        type=f"dev.knative.source.github.{event}",
        subject="12",
        time="2026-12-24T00:00:00Z",
        data=_through_go(copy.deepcopy(payload)),
        owner="Acme",
        repository="Shop",
    )
    return to_sdk(made.state, ACCEPTED)


_UNKNOWN_TO_GO = {
    "commit_id",
    "digest",
    "environment_url",
    "log_url",
    "production_environment",
    "pull_request_url",
    "slug",
    "state_reason",
    "transient_environment",
}


def _through_go(payload: Payload) -> Payload:
    if "deployment_status" in payload:
        del payload["action"], payload["deployment_status"]["environment"]
        payload["deployment"]["payload"] = {}
    cut: Payload = _as_go_writes(payload)
    return {**cut, "label": cut.get("label", {"id": 0, "name": ""}), "installation": {"id": 0}}


def _as_go_writes(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k not in _UNKNOWN_TO_GO}
        return {k: _as_go_writes(v, k) for k, v in kept.items()}
    if isinstance(value, list):
        return [_as_go_writes(item) for item in value]
    if value is None:
        return "0001-01-01T00:00:00Z" if key.endswith("_at") else ""
    return value


def transformed(event: CloudEvent, **options: Any) -> list[CDEvent]:
    """What both transformers make of one event, as if nothing had been before it."""
    plain, deployments = transformers(settings(**options))
    made = list(plain.transform(event))
    if deployments.state_key(event) is not None:
        made.extend(deployments.transform_with_state(event, None)[0])
    return made
