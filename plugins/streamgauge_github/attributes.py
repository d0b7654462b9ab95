"""The CloudEvent's attributes that a payload decides: source, subject and time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from streamgauge.sources.fields import ident, instant, url, word
from streamgauge_github.repository import repository_of

_SUBJECTS = {
    "check_run": "check_run.id",
    "check_suite": "check_suite.id",
    "create": "ref",
    "delete": "ref",
    "deployment": "deployment.id",
    "deployment_status": "deployment.id",
    "issue_comment": "issue.number",
    "issues": "issue.number",
    "package": "package.name",
    "pull_request": "pull_request.number",
    "pull_request_review": "pull_request.number",
    "pull_request_review_comment": "pull_request.number",
    "push": "ref",
    "registry_package": "registry_package.name",
    "release": "release.tag_name",
    "repository": "repository.full_name",
    "status": "sha",
    "workflow_job": "workflow_job.id",
    "workflow_run": "workflow_run.id",
}
"""Event to the field that names what it is about; Knative's GitHubSource names most the same."""

_TIMES = {
    "check_run": ("check_run.completed_at", "check_run.started_at"),
    "check_suite": ("check_suite.updated_at",),
    "deployment": ("deployment.created_at",),
    "deployment_status": ("deployment_status.created_at", "deployment_status.updated_at"),
    "issue_comment": ("comment.updated_at", "comment.created_at"),
    "issues": ("issue.updated_at", "issue.created_at"),
    "package": ("package.updated_at",),
    "pull_request": ("pull_request.updated_at", "pull_request.created_at"),
    "pull_request_review": ("review.submitted_at", "pull_request.updated_at"),
    "pull_request_review_comment": ("comment.updated_at", "comment.created_at"),
    "push": ("repository.pushed_at", "head_commit.timestamp"),
    "registry_package": ("registry_package.updated_at",),
    "release": ("release.published_at", "release.created_at"),
    "repository": ("repository.updated_at", "repository.created_at"),
    "status": ("updated_at", "created_at"),
    "workflow_job": (
        "workflow_job.completed_at",
        "workflow_job.started_at",
        "workflow_job.created_at",
    ),
    "workflow_run": ("workflow_run.updated_at", "workflow_run.created_at"),
}
"""Event to the fields that say when, best first. Create and delete have none."""


def source(data: Mapping[str, object]) -> str:
    """Where the event is from: the repository in the API, else the organisation, else GitHub.

    Knative's GitHubSource names the page instead. One delivery that comes both ways has the same
    id and another body, so the two must not have the same source.
    """
    repository = repository_of(data)
    if repository is not None:
        return repository.api_url
    return url(data, "organization", "url") or "https://api.github.com"


def subject(event: str, data: Mapping[str, object]) -> str | None:
    """What the event is about, where one field says it."""
    field = _SUBJECTS.get(event)
    return None if field is None else ident(data, *field.split("."))


def time(event: str, data: Mapping[str, object]) -> datetime | None:
    """When it happened, by the payload alone: a redelivery must give the same event."""
    if event == "repository" and word(data, "action") == "deleted":
        return None  # updated_at is of the last change before
    for field in _TIMES.get(event, ()):
        if (moment := instant(data, *field.split("."))) is not None:
            return moment
    return None
