"""Runs of pipelines, their stages and jobs, and builds: pipelinerun.* and taskrun.*

A run is a build by another name, so ``build.complete`` and the end of a run are one occurrence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge import CDEvent
from streamgauge.sources import Repository
from streamgauge.sources.fields import (
    ident,
    instant,
    items,
    mapping,
    path,
    sha,
    text,
    url,
    whole,
    word,
)
from streamgauge_azure_devops.notice import Notice
from streamgauge_azure_devops.project import repository_of
from streamgauge_azure_devops.pushes import branch_of

RUN: Final = "ms.vss-pipelines.run-state-changed-event"
STAGE: Final = "ms.vss-pipelines.stage-state-changed-event"
JOB: Final = "ms.vss-pipelines.job-state-changed-event"
BUILD: Final = "build.complete"

OUTCOMES: Final = {
    "succeeded": "success",
    "succeededwithissues": "success",
    "partiallysucceeded": "success",
    "failed": "failure",
    "canceled": "cancel",
    "cancelled": "cancel",
    "stopped": "cancel",
    "rejected": "cancel",
    "abandoned": "error",
}
"""Azure's result as CDEvents' outcome; what was skipped did not run."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a run was made of, where the payload says."""

    repository: Repository | None
    commit: str | None
    branch: str | None

    @property
    def custom(self) -> dict[str, Any]:
        """As customData has it."""
        address = None if self.repository is None else self.repository.address
        return {"repository": address, "commit": self.commit, "branch": self.branch}


@dataclass(frozen=True, slots=True)
class Part:
    """A run, or a stage or a job of it, that has begun or ended."""

    done: str
    """``started`` or ``finished``."""
    result: str
    at: datetime | None
    page: str | None


def run(notice: Notice) -> list[CDEvent]:
    """pipelinerun.started and finished."""
    found = mapping(notice.data, "run")
    number = ident(found, "id")
    part = _part(found, notice.said, "createdDate", "finishedDate")
    if number is None or part is None:
        return []
    return [_pipelinerun(notice, number, pipeline_of(notice), part, source_of(notice))]


def build(notice: Notice) -> list[CDEvent]:
    """pipelinerun.finished. Old payloads have the result under the status."""
    number = ident(notice.data, "id")
    result = word(notice.data, "result") or word(notice.data, "status")
    if number is None or result not in OUTCOMES:
        return []
    at = instant(notice.data, "finishTime") or notice.said
    part = Part("finished", result, at, url(notice.data, "_links", "web", "href"))
    name = text(notice.data, "definition", "name")
    return [_pipelinerun(notice, number, name, part, _build_source(notice))]


def stage(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished for a stage."""
    found, number = mapping(notice.data, "stage"), run_number(notice)
    part, name = _part(found, notice.said, "startTime", "finishTime"), text(found, "name")
    if number is None or part is None or name is None:
        return []
    subject = stage_subject(notice, number, found)
    title = text(found, "displayName") or name
    return [_taskrun(notice, number, subject, title, part)]


def job(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished for a job, which is called by its stage and itself."""
    found, number = mapping(notice.data, "job"), run_number(notice)
    part = _part(found, notice.said, "startTime", "finishTime")
    name, identity = text(found, "name"), text(found, "id")
    if number is None or part is None or name is None:
        return []
    stage_found = mapping(notice.data, "stage")
    over = stage_subject(notice, number, stage_found)
    subject = (
        f"{over}&job={quote(identity or name, safe='')}&attempt={whole(found, 'attempt') or 1}"
    )
    title = f"{text(stage_found, 'displayName') or text(stage_found, 'name') or 'stage'}/{name}"
    return [_taskrun(notice, number, subject, title, part)]


def run_number(notice: Notice) -> str | None:
    """The number of the run that a stage or a job is of."""
    return ident(notice.data, "run", "id") or ident(notice.data, "runId")


def pipeline_of(notice: Notice) -> str | None:
    """What the pipeline is called."""
    return text(notice.data, "pipeline", "name") or text(notice.data, "run", "pipeline", "name")


def stage_subject(notice: Notice, number: str, found: object) -> str:
    """What a stage of a run is called. It can be run again, as another attempt."""
    name = quote(text(found, "name") or "", safe="")
    return f"{notice.project.run(number)}#stage={name}&attempt={whole(found, 'attempt') or 1}"


def source_of(notice: Notice) -> Source:
    """What a run was made of: the repository that the pipeline is in, and its commit.

    Payloads before 2023 do not say.
    """
    listed = items(notice.data, "repositories")
    own = next((each for each in listed if text(each, "alias") == "self"), None)
    own = own or (listed[0] if listed else None)
    resources = path(notice.data, "run", "resources", "repositories", "self")
    return Source(
        repository_of(text(own, "url")),
        sha(own, "change", "version") or sha(resources, "version"),
        branch_of(text(resources, "refName")),
    )


def _build_source(notice: Notice) -> Source:
    """The same of a build. Old payloads have one text: ``LG:refs/heads/main:<commit>``."""
    _, old_ref, old_commit = (
        *(text(notice.data, "sourceGetVersion") or "").split(":", 2), "", "", "",
    )[:3]  # fmt: skip
    return Source(
        repository_of(text(notice.data, "repository", "url")),
        sha(text(notice.data, "sourceVersion") or old_commit),
        branch_of(text(notice.data, "sourceBranch") or old_ref),
    )


def _part(found: dict[str, Any], said: datetime | None, begun: str, ended: str) -> Part | None:
    page = url(found, "_links", "web", "href")
    state, result = word(found, "state"), word(found, "result")
    if state in ("inprogress", "running"):
        return Part("started", "", instant(found, begun) or said, page)
    if state == "completed" and result in OUTCOMES:
        return Part("finished", result, instant(found, ended) or said, page)
    return None


def _pipelinerun(
    notice: Notice, number: str, pipeline: str | None, part: Part, source: Source
) -> CDEvent:
    subject = notice.project.run(number)
    return notice.told.occurrence(
        f"pipelinerun.{part.done}",
        *(subject, part.done),
        at=part.at,
        subject=subject,
        content={
            "pipelineName": pipeline or "pipeline",
            "uri": part.page or notice.project.run_uri(number),
            "outcome": OUTCOMES.get(part.result),
        },
        **source.custom,
        url=part.page,
        number=text(notice.data, "run", "name") or text(notice.data, "buildNumber"),
        conclusion=part.result or None,
    )


def _taskrun(notice: Notice, number: str, subject: str, name: str, part: Part) -> CDEvent:
    return notice.told.occurrence(
        f"taskrun.{part.done}",
        *(subject, part.done),
        at=part.at,
        subject=subject,
        content={
            "taskName": name,
            "uri": part.page or notice.project.run_uri(number),
            "pipelineRun": {"id": notice.project.run(number), "source": notice.project.source},
            "outcome": OUTCOMES.get(part.result),
        },
        **source_of(notice).custom,
        url=part.page,
        conclusion=part.result or None,
    )
