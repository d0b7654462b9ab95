"""GitHub's webhook payloads, cut down to what says something."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal

from streamgauge_demo.company import NAME, ORIGIN, ZONE, Service
from streamgauge_demo.facts import Change, Deployment, Incident
from streamgauge_demo.requests import serial, written

WEB = "https://github.example"
"""A GitHub of the company's own; nobody can have this host."""

Payload = dict[str, Any]


def pull_request(change: Change, action: Literal["opened", "closed"]) -> Payload:
    """A change is proposed, or merged."""
    merged = action == "closed"
    at = written(change.at if merged else change.opened)
    pull = {
        "url": f"{_api(change.service)}/pulls/{change.number}",
        "html_url": f"{page(change.service)}/pull/{change.number}",
        "id": serial(change.service.name, "pull", str(change.number)),
        "number": change.number,
        "state": "closed" if merged else "open",
        "title": change.title,
        "body": None,
        "user": _person(change.author),
        "labels": [{"name": "hotfix"}] if change.hotfix else [],
        "draft": False,
        "created_at": written(change.opened),
        "updated_at": at,
        "closed_at": at if merged else None,
        "merged_at": at if merged else None,
        "merged": merged,
        "merged_by": _person(change.author) if merged else None,
        "merge_commit_sha": change.commit if merged else None,
        "head": {"ref": f"change-{change.number}", "sha": _branch_head(change)},
        "base": {"ref": "main", "sha": change.base},
        "commits": 1,
    }
    return {
        "action": action,
        "number": change.number,
        "pull_request": pull,
        "repository": _repository(change.service),
        "sender": _person(change.author),
    }


def push(change: Change) -> Payload:
    """The main branch moves on to the merged change."""
    commit = {
        "id": change.commit,
        "message": f"{change.title} (#{change.number})",
        "timestamp": change.at.astimezone(ZONE).isoformat(),
        "author": {"name": change.author, "email": f"{change.author}@{NAME}.example"},
    }
    return {
        "ref": "refs/heads/main",
        "before": change.before,
        "after": change.commit,
        "created": False,
        "deleted": False,
        "forced": False,
        "compare": f"{page(change.service)}/compare/{change.before[:12]}...{change.commit[:12]}",
        "commits": [commit],
        "head_commit": commit,
        # Here, and only here, GitHub names the page as the url and writes seconds since 1970.
        "repository": {
            **_repository(change.service),
            "url": page(change.service),
            "pushed_at": int(change.at.timestamp()),
        },
        "pusher": {"name": change.author},
        "sender": _person(change.author),
    }


def workflow_run(
    change: Change, attempt: int, started: datetime, ended: datetime, conclusion: str
) -> Payload:
    """The build of a merged change has ended; one that failed is run again."""
    number = serial(change.service.name, "run", str(change.number))
    run = {
        "id": number,
        "name": "Build and test",
        "path": ".github/workflows/build.yml",
        "url": f"{_api(change.service)}/actions/runs/{number}",
        "html_url": f"{page(change.service)}/actions/runs/{number}",
        "event": "push",
        "status": "completed",
        "conclusion": conclusion,
        "run_number": change.number,
        "run_attempt": attempt,
        "head_branch": "main",
        "head_sha": change.commit,
        "created_at": written(change.at + timedelta(seconds=5)),
        "run_started_at": written(started),
        "updated_at": written(ended),
    }
    return {
        "action": "completed",
        "workflow_run": run,
        "repository": _repository(change.service),
        "sender": _person(change.author),
    }


def release(change: Change, at: datetime) -> Payload:
    """A version is published."""
    number = serial(change.service.name, "release", change.version)
    made = {
        "url": f"{_api(change.service)}/releases/{number}",
        "html_url": f"{page(change.service)}/releases/tag/v{change.version}",
        "id": number,
        "tag_name": f"v{change.version}",
        "target_commitish": change.commit,
        "name": change.title,
        "draft": False,
        "prerelease": False,
        "author": _person(change.author),
        "created_at": written(at),
        "published_at": written(at),
        "assets": [],
    }
    return {
        "action": "published",
        "release": made,
        "repository": _repository(change.service),
        "sender": _person(change.author),
    }


def deployment_status(deployment: Deployment, state: str, at: datetime) -> Payload:
    """A deployment has come to a new state."""
    number = serial(deployment.service.name, "deployment", str(deployment.number))
    address = f"{_api(deployment.service)}/deployments/{number}"
    status = serial(deployment.service.name, "status", str(deployment.number), state)
    return {
        "action": "created",
        "deployment_status": {
            "url": f"{address}/statuses/{status}",
            "id": status,
            "state": state,
            "environment": deployment.environment,
            "created_at": written(at),
            "updated_at": written(at),
            "deployment_url": address,
        },
        "deployment": {
            "url": address,
            "id": number,
            "sha": deployment.change.commit,
            "ref": "main",
            "task": "deploy",
            "payload": {},
            "environment": deployment.environment,
            "production_environment": deployment.environment == "production",
            "transient_environment": False,
            "created_at": written(deployment.at),
            "updated_at": written(at),
        },
        "repository": _repository(deployment.service),
        "sender": _person("deployer[bot]"),
    }


def issue(incident: Incident, action: Literal["opened", "closed"]) -> Payload:
    """An incident is noticed, or over; then its cause is known, if there is one."""
    closed = action == "closed"
    cause = f"Root cause: {incident.cause.commit}" if closed and incident.cause else None
    made = {
        "url": f"{_api(incident.service)}/issues/{incident.number}",
        "html_url": f"{page(incident.service)}/issues/{incident.number}",
        "id": serial(incident.service.name, "issue", str(incident.number)),
        "number": incident.number,
        "title": incident.title,
        "body": cause,
        "user": _person(incident.reporter),
        "labels": [{"name": "incident"}],
        "assignees": [_person(incident.reporter)],
        "state": "closed" if closed else "open",
        "state_reason": "completed" if closed else None,
        "created_at": written(incident.at),
        "updated_at": written(incident.resolved if closed else incident.at),
        "closed_at": written(incident.resolved) if closed else None,
    }
    return {
        "action": action,
        "issue": made,
        "repository": _repository(incident.service),
        "sender": _person(incident.reporter),
    }


def page(service: Service) -> str:
    """The page of a service's repository."""
    return f"{WEB}/{service.full_name}"


def _repository(service: Service) -> Payload:
    return {
        "id": serial(service.name, "repository"),
        "name": service.name,
        "full_name": service.full_name,
        "private": True,
        "owner": {"login": NAME, "id": serial(NAME), "type": "Organization"},
        "html_url": page(service),
        "url": _api(service),
        "default_branch": "main",
        "created_at": f"{ORIGIN.isoformat()}T07:00:00Z",
    }


def _person(login: str) -> Payload:
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": serial("person", login), "type": kind}


def _branch_head(change: Change) -> str:
    return hashlib.sha1(f"branch {change.commit}".encode(), usedforsecurity=False).hexdigest()


def _api(service: Service) -> str:
    return f"{WEB}/api/v3/repos/{service.full_name}"
