"""What may deploy: a deployment's status; and by setting a workflow's run, or a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from streamgauge import CDEvent, json_codec
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources.fields import (
    flag,
    ident,
    instant,
    path,
    sha,
    stamp,
    text,
    url,
    whole,
    word,
)
from streamgauge_github.notice import Notice
from streamgauge_github.options import Options

ENVIRONMENT = "production"
"""Where a run or a release is said to deploy to: neither of them tells."""

_FAILURES = ("failure", "error", "timed_out", "startup_failure")


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to deploy, and how far it has come."""

    notice: Notice
    address: str
    """What made it, in the API."""
    state: str
    """GitHub's word: ``success``, ``failure``, ``inactive``, ``queued`` ..."""
    service: str
    environment: str
    version: str
    """What is deployed: a commit, of a release its tag."""
    commit: str | None
    at: datetime | None
    once: bool = True
    """Whether it can succeed only once."""
    number: str = ""
    """That of the status, where it can succeed again."""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.state in _FAILURES

    def make(
        self, kind: str, transition: str, *when: str, content: dict[str, Any] | None = None
    ) -> CDEvent:
        """A CDEvent of this attempt; the address, `transition` and `when` identify it."""
        return self.notice.told.occurrence(
            kind,
            *(self.address, transition, *when),
            at=self.at,
            subject=self.service,
            content={"environment": {"id": self.environment}, **(content or {})},
            commit=self.commit,
            **self.details,
        )

    def failure(self) -> CDEvent:
        """The attempt that failed; `failure` and `error` of one deployment are one failure."""
        return self.make(DEPLOYMENT_FAILED, "failure", content=self._artifact())

    def success(self, done: str) -> CDEvent:
        """The deployment, `done` being deployed, upgraded or rolledback.

        A deployment can succeed twice: whoever rolls back by activating an old deployment gives
        it a second success. So the time, or the status's number, is part of the identity.
        """
        when = () if self.once else (stamp(self.at) or self.number,)
        return self.make(f"service.{done}", "success", *when, content=self._artifact())

    def _artifact(self) -> dict[str, Any]:
        return {"artifactId": self.notice.repository.artifact(self.version)}


def deploying_events(options: Options) -> list[str]:
    """The events that may tell of a deployment."""
    return [
        "deployment_status",
        *(["workflow_run"] if options.deployment_workflows else []),
        *(["release"] if options.deployment_releases else []),
    ]


def attempt_of(notice: Notice, options: Options) -> Attempt | None:
    """The attempt that a notice tells of; None where it tells of none."""
    match notice.event:
        case "deployment_status":
            return _of_status(notice)
        case "workflow_run" if options.deployment_workflows:
            return _of_run(notice, options)
        case "release" if options.deployment_releases:
            return _of_release(notice)
    return None


def _of_status(notice: Notice) -> Attempt | None:
    """None without an environment, a commit, a deployment."""
    status, deployment = path(notice.data, "deployment_status"), path(notice.data, "deployment")
    environment = text(status, "environment") or text(deployment, "environment")
    commit = sha(deployment, "sha")
    address = url(deployment, "url") or url(status, "deployment_url")
    if address is None and (number := ident(deployment, "id")) is not None:
        address = f"{notice.repository.api_url}/deployments/{number}"
    if not (environment and commit and address):
        return None
    component = _component(path(deployment, "payload"))
    service = notice.repository.full_name
    return Attempt(
        notice,
        address,
        word(status, "state"),
        service if component is None else f"{service}/{component}",
        environment,
        commit,
        commit,
        instant(status, "created_at") or instant(status, "updated_at"),
        once=False,
        number=ident(status, "id") or "",
        details={
            "ref": text(deployment, "ref"),
            "url": url(status, "log_url") or url(status, "target_url"),
            "deployment": address,
            "startedAt": stamp(instant(deployment, "created_at")) or None,
            "environmentUrl": url(status, "environment_url"),
            "task": text(deployment, "task"),
            "production": flag(deployment, "production_environment"),
            "transient": flag(deployment, "transient_environment"),
        },
    )


def is_run_of_deployment(payload: Mapping[str, Any], options: Options) -> bool:
    """Whether the payload of a workflow run that ended is about one that deploys."""
    return _is_named(payload, options) and _is_of_default_branch(payload)


def _of_run(notice: Notice, options: Options) -> Attempt | None:
    """A run of a named workflow that ended, on the default branch or for a release."""
    run = path(notice.data, "workflow_run")
    address, commit = url(run, "url"), sha(run, "head_sha")
    if notice.action != "completed" or address is None or commit is None:
        return None
    if not is_run_of_deployment(notice.data, options):
        return None
    return Attempt(
        notice,
        f"{address}/attempts/{whole(run, 'run_attempt') or 1}",
        word(run, "conclusion"),
        notice.repository.full_name,
        ENVIRONMENT,
        commit,
        commit,
        instant(run, "updated_at"),
        details={
            "ref": text(run, "head_branch"),
            "url": url(run, "html_url"),
            "deployment": address,
            "startedAt": stamp(instant(run, "run_started_at")) or None,
            "task": text(run, "name"),
        },
    )


def _is_named(payload: Mapping[str, Any], options: Options) -> bool:
    run = path(payload, "workflow_run")
    file = (text(run, "path") or "").partition("@")[0].rpartition("/")[2]
    names = {file, text(run, "name"), text(payload, "workflow", "name")}
    return not names.isdisjoint(options.deployment_workflows)


def _is_of_default_branch(payload: Mapping[str, Any]) -> bool:
    """A pull request from another repository may come from a branch of the same name."""
    run = path(payload, "workflow_run")
    trigger = word(run, "event")
    if trigger.startswith("pull_request"):
        return False
    branch = text(payload, "repository", "default_branch")
    return trigger == "release" or (branch is not None and text(run, "head_branch") == branch)


def _of_release(notice: Notice) -> Attempt | None:
    """A release that is no preview. Of which commit it is, its tag's push tells."""
    release = path(notice.data, "release")
    tag, address = text(release, "tag_name"), url(release, "url")
    preview = flag(release, "prerelease") or flag(release, "draft")
    if notice.action != "published" or tag is None or address is None or preview:
        return None
    return Attempt(
        notice,
        address,
        "success",
        notice.repository.full_name,
        ENVIRONMENT,
        tag,
        sha(release, "target_commitish"),
        instant(release, "published_at"),
        details={"tag": tag, "url": url(release, "html_url"), "deployment": address},
    )


def _component(payload: object) -> str | None:
    """The part of a repository that is deployed: `component` in the deployment's own payload.

    The API gives the payload back as it was sent: an object, or JSON in a text.
    """
    if isinstance(payload, str):
        try:
            payload = json_codec.decode(payload.encode())
        except ValueError:
            return None
    component = text(payload, "component")
    return None if component is None else component.strip()
