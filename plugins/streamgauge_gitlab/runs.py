"""Pipelines and their jobs: pipelinerun.* and taskrun.*"""

from __future__ import annotations

from datetime import datetime, timedelta

from streamgauge import CDEvent
from streamgauge.sources.fields import (
    flag,
    ident,
    instant,
    items,
    mapping,
    path,
    sha,
    stamp,
    text,
    url,
    word,
)
from streamgauge_gitlab.notice import Notice
from streamgauge_gitlab.options import Options

_STATES = {
    "created": "queued",
    "waiting_for_resource": "queued",
    "preparing": "queued",
    "pending": "queued",
    "running": "started",
    "success": "finished",
    "failed": "finished",
    "canceled": "finished",
    "skipped": "finished",
}
"""GitLab's status as what a pipeline has done. One that waits for somebody, or for its hour, or is
about to be cancelled has done nothing new."""

_OUTCOMES = {"success": "success", "failed": "failure", "canceled": "cancel"}
"""As CDEvents' outcome; what was skipped has none."""

_NOT_ITS_OWN = frozenset(
    {
        "api_failure",
        "data_integrity_failure",
        "job_execution_timeout",
        "runner_system_failure",
        "runner_unsupported",
        "scheduler_failure",
        "stale_schedule",
        "stuck_or_timeout_failure",
        "unmet_prerequisites",
    }
)
"""Reasons of a failure that are no verdict on the code: an error."""


def pipeline(notice: Notice) -> list[CDEvent]:
    """pipelinerun.queued, started, finished."""
    run = path(notice.data, "object_attributes")
    done, number = _STATES.get(word(run, "status")), ident(run, "id")
    if done is None or number is None:
        return []
    subject = notice.project.part("pipelines", number)
    at = _pipeline_time(notice, done)
    # A job that is tried again has its pipeline end a second time, and says nothing of the start.
    identity = [subject, done, stamp(at)] if done == "finished" else [subject, done]
    page = url(run, "url") or subject
    return [
        notice.told.occurrence(
            f"pipelinerun.{done}",
            *identity,
            at=at,
            subject=subject,
            content={
                "pipelineName": notice.project.path,
                "uri": page,
                "outcome": _OUTCOMES.get(word(run, "status")) if done == "finished" else None,
            },
            commit=sha(run, "sha"),
            branch=None if flag(run, "tag") else text(run, "ref"),
            tag=text(run, "ref") if flag(run, "tag") else None,
            url=page,
            name=text(run, "name"),
            trigger=text(run, "source"),
            status=text(run, "status"),
            change=_change(notice),
        )
    ]


def _change(notice: Notice) -> str | None:
    """The merge request that it runs for, as its change is called."""
    number = ident(notice.data, "merge_request", "iid")
    return None if number is None else notice.project.part("merge_requests", number)


def _pipeline_time(notice: Notice, done: str) -> datetime | None:
    """When it was made, began to run or ended. The beginning is told by how long it was queued,
    or by its first job."""
    run = path(notice.data, "object_attributes")
    created = instant(run, "created_at")
    if done == "queued":
        return created
    if done == "finished":
        return instant(run, "finished_at") or (
            created if word(run, "status") == "skipped" else None
        )
    if created is not None and (began := _later(created, path(run, "queued_duration"))) is not None:
        return began
    starts = [at for each in items(notice.data, "builds") if (at := instant(each, "started_at"))]
    return min(starts, default=None)


def _later(at: datetime, seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        return None
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:
        return None


def build(notice: Notice, options: Options) -> list[CDEvent]:
    """taskrun.started and finished, and service.removed for a job that stops an environment.

    A job that waits is nothing yet, and one that was skipped never ran.
    """
    status, number = word(notice.data, "build_status"), ident(notice.data, "build_id")
    if number is None or (status != "running" and status not in _OUTCOMES):
        return []
    subject = notice.project.part("jobs", number)
    done = "started" if status == "running" else "finished"
    at = instant(notice.data, f"build_{done}_at")
    made = [_task(notice, done, subject, at)]
    stopped = mapping(notice.data, "environment")
    name = text(stopped, "name")
    if status == "success" and word(stopped, "action") == "stop" and name is not None:
        made.append(_removed(notice, options, subject, at, name))
    return made


def _task(notice: Notice, done: str, subject: str, at: datetime | None) -> CDEvent:
    data = notice.data
    pipeline_id = ident(data, "pipeline_id")
    parent = None
    if pipeline_id is not None:
        parent = {
            "id": notice.project.part("pipelines", pipeline_id),
            "source": notice.project.page,
        }
    is_tag = flag(data, "tag")
    return notice.told.occurrence(
        f"taskrun.{done}",
        # A job that is tried again has a new number.
        *(subject, done),
        at=at,
        subject=subject,
        content={
            "taskName": text(data, "build_name"),
            "uri": subject,
            "pipelineRun": parent,
            "outcome": _job_outcome(data) if done == "finished" else None,
        },
        commit=sha(data, "sha"),
        branch=None if is_tag else text(data, "ref"),
        tag=text(data, "ref") if is_tag else None,
        url=subject,
        stage=text(data, "build_stage"),
        allowFailure=flag(data, "build_allow_failure") or None,
        environment=text(data, "environment", "name"),
    )


def _job_outcome(data: object) -> str | None:
    status = word(data, "build_status")
    if status == "failed" and word(data, "build_failure_reason") in _NOT_ITS_OWN:
        return "error"
    return _OUTCOMES.get(status)


def _removed(notice: Notice, options: Options, job: str, at: datetime | None, name: str) -> CDEvent:
    return notice.told.occurrence(
        "service.removed",
        *(job, "removed"),
        at=at,
        subject=options.service_of(notice.project.path, name),
        content={"environment": {"id": options.environment_of(name)}},
        commit=sha(notice.data, "sha"),
        url=job,
    )
