"""GitHub's webhook payloads, cut down to what says something. Those about a change: pulls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from streamgauge_demo.company import NAME, ORIGIN, Service
from streamgauge_demo.facts import Change, Deployment, Incident
from streamgauge_demo.requests import serial, written

WEB = "https://github.example"
"""A GitHub of the company's own; nobody can have this host."""

Payload = dict[str, Any]


def workflow_run(
    change: Change, attempt: int, started: datetime, ended: datetime, conclusion: str
) -> Payload:
    """The build of a merged change has ended; one that failed is run again."""
    number = serial(change.service.name, "run", str(change.number))
    run = {
        "id": number,
        "name": "Build and test",
        "path": ".github/workflows/build.yml",
        "url": f"{api(change.service)}/actions/runs/{number}",
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
        "repository": repository(change.service),
        "sender": person(change.author),
    }


def release(change: Change, at: datetime) -> Payload:
    """A version is published."""
    number = serial(change.service.name, "release", change.version)
    made = {
        "url": f"{api(change.service)}/releases/{number}",
        "html_url": f"{page(change.service)}/releases/tag/v{change.version}",
        "id": number,
        "tag_name": f"v{change.version}",
        "target_commitish": change.commit,
        "name": change.title,
        "draft": False,
        "prerelease": False,
        "author": person(change.author),
        "created_at": written(at),
        "published_at": written(at),
        "assets": [],
    }
    return {
        "action": "published",
        "release": made,
        "repository": repository(change.service),
        "sender": person(change.author),
    }


def deployment_status(deployment: Deployment, state: str, at: datetime) -> Payload:
    """A deployment has come to a new state."""
    number = serial(deployment.service.name, "deployment", str(deployment.number))
    address = f"{api(deployment.service)}/deployments/{number}"
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
        "repository": repository(deployment.service),
        "sender": person("deployer[bot]"),
    }


def issue(incident: Incident, action: Literal["opened", "closed"]) -> Payload:
    """An incident is noticed, or over; then its cause is known, if there is one."""
    closed = action == "closed"
    cause = f"Root cause: {incident.cause.commit}" if closed and incident.cause else None
    made = {
        "url": f"{api(incident.service)}/issues/{incident.number}",
        "html_url": f"{page(incident.service)}/issues/{incident.number}",
        "id": serial(incident.service.name, "issue", str(incident.number)),
        "number": incident.number,
        "title": incident.title,
        "body": cause,
        "user": person(incident.reporter),
        "labels": [{"name": "incident"}],
        "assignees": [person(incident.reporter)],
        "state": "closed" if closed else "open",
        "state_reason": "completed" if closed else None,
        "created_at": written(incident.at),
        "updated_at": written(incident.resolved if closed else incident.at),
        "closed_at": written(incident.resolved) if closed else None,
    }
    return {
        "action": action,
        "issue": made,
        "repository": repository(incident.service),
        "sender": person(incident.reporter),
    }


def page(service: Service) -> str:
    """The page of a service's repository."""
    return f"{WEB}/{service.full_name}"


def repository(service: Service) -> Payload:
    """The repository, as every payload repeats it."""
    return {
        "id": serial(service.name, "repository"),
        "name": service.name,
        "full_name": service.full_name,
        "private": True,
        "owner": {"login": NAME, "id": serial(NAME), "type": "Organization"},
        "html_url": page(service),
        "url": api(service),
        "default_branch": "main",
        "created_at": f"{ORIGIN.isoformat()}T07:00:00Z",
    }


def person(login: str) -> Payload:
    """An account."""
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": serial("person", login), "type": kind}


def api(service: Service) -> str:
    """The repository in the REST API."""
    return f"{WEB}/api/v3/repos/{service.full_name}"
