"""Commit statuses of Cloud: pipelinerun.*, and deployments where a setting says so.

Bitbucket has no webhook for its pipelines and none for its deployments. What a pipeline, or a CI
server, writes on a commit is a status, with a key, a name and the address of the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources import DeployRule
from streamgauge.sources.fields import instant, mapping, path, sha, stamp, text, url, word
from streamgauge_bitbucket.notice import Notice

EVENTS: Final = ("repo.commit_status_created", "repo.commit_status_updated")
OUTCOMES: Final = {
    "successful": "success",
    "failed": "failure",
    "stopped": "cancel",
    "error": "error",
}
_FAILED: Final = ("failed", "error")


@dataclass(frozen=True, slots=True)
class Status:
    """What a notification says of one status."""

    notice: Notice
    key: str
    name: str | None
    state: str
    """Bitbucket's word in lower case: ``inprogress``, ``successful``, ``failed``, ``stopped``."""
    commit: str
    page: str | None
    run: str
    """The run that the status is of: a second one writes over the status with its own address."""
    created: datetime | None
    at: datetime | None
    branch: str | None

    def target(self, rule: DeployRule) -> tuple[str, str] | None:
        """The service and the environment that it deploys; None for what is no deployment."""
        repository = self.notice.repository.name
        names = [f"{repository}/{self.key}", self.key]
        if self.name is not None:
            names += [f"{repository}/{self.name}", self.name]
        if not rule.deploys(*names):
            return None
        return rule.service_of(*names, repository) or repository, rule.environment_of(*names)

    @property
    def custom(self) -> dict[str, Any]:
        """What customData says whatever comes of it."""
        return {"commit": self.commit, "branch": self.branch, "url": self.page, "key": self.key}


def status_of(notice: Notice) -> Status | None:
    """The status in a notification; None without a key, a state or a commit."""
    if notice.event not in EVENTS:
        return None
    status = mapping(notice.data, "commit_status")
    key, state, commit = text(status, "key"), word(status, "state"), _commit(status)
    if key is None or commit is None or not state:
        return None
    page = url(status, "url")
    address = f"{notice.repository.root}/commit/{commit}/statuses/build/{key}"
    created, updated = instant(status, "created_on"), instant(status, "updated_on")
    return Status(
        notice,
        key,
        text(status, "name"),
        state,
        commit,
        page,
        address if page is None else f"{address} {page}",
        created,
        updated or created,
        text(status, "refname"),
    )


def commit_status(notice: Notice, rule: DeployRule) -> list[CDEvent]:
    """pipelinerun.started or finished, and a deployment that failed."""
    status = status_of(notice)
    if status is None:
        return []
    made = _run(status)
    if status.state in _FAILED and (target := status.target(rule)) is not None:
        made.append(deployment(DEPLOYMENT_FAILED, status, *target))
    return made


def deployment(kind: str, status: Status, service: str, environment: str) -> CDEvent:
    """A deployment, of which the status says how it ended.

    A pipeline can be run again under the same address, so the time is part of the identity.
    """
    notice = status.notice
    return notice.told.occurrence(
        kind,
        *(status.run, "deployment", status.state, stamp(status.at)),
        at=status.at,
        subject=service,
        content={
            "environment": {"id": environment},
            "artifactId": notice.repository.artifact(status.commit),
        },
        **status.custom,
        deployment=status.page or status.run,
        startedAt=stamp(status.created) or None,
    )


def _run(status: Status) -> list[CDEvent]:
    outcome = OUTCOMES.get(status.state)
    if outcome is None and status.state != "inprogress":
        return []
    done, notice = "started" if outcome is None else "finished", status.notice
    return [
        notice.told.occurrence(
            f"pipelinerun.{done}",
            *(status.run, done, stamp(status.at)),
            at=status.at,
            subject=status.run,
            content={
                "pipelineName": f"{notice.repository.name}/{status.name or status.key}",
                # A status need not lead anywhere, and then only to what it is of.
                "uri": status.page or f"{notice.repository.page}/commits/{status.commit}",
                "outcome": outcome,
            },
            **status.custom,
            conclusion=status.state if outcome else None,
        )
    ]


def _commit(status: dict[str, Any]) -> str | None:
    """The whole commit: by itself, else at the end of its address."""
    found = sha(status, "commit", "hash")
    address = path(status, "links", "commit", "href")
    if found is None and isinstance(address, str):
        return sha(address.rpartition("/")[2])
    return found
