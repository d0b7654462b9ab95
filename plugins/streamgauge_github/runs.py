"""Workflow runs, their jobs, and the checks of other apps: pipelinerun.* and taskrun.*"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, path, sha, stamp, text, url, whole, word
from streamgauge_github.notice import Notice

OUTCOMES = {
    "success": "success",
    "neutral": "success",
    "failure": "failure",
    "cancelled": "cancel",
    "stale": "cancel",
    "error": "error",
    "timed_out": "error",
    "startup_failure": "error",
    "action_required": "error",
}
"""GitHub's conclusion as CDEvents' outcome; what was skipped has none."""

_RUN_ACTIONS = {"requested": "queued", "in_progress": "started", "completed": "finished"}
_JOB_ACTIONS = {"in_progress": "started", "completed": "finished"}


def workflow_run(notice: Notice) -> list[CDEvent]:
    """pipelinerun.queued, started, finished. Each attempt is a run of its own."""
    run = path(notice.data, "workflow_run")
    done = _RUN_ACTIONS.get(notice.action)
    address = _address(notice, run, "actions/runs")
    if done is None or address is None:
        return []
    attempt = whole(run, "run_attempt") or 1
    subject = f"{address}/attempts/{attempt}"
    workflow = (
        text(run, "name")
        or text(notice.data, "workflow", "name")
        or text(run, "path")
        or "workflow"
    )
    page = url(run, "html_url") or address
    return [
        notice.told.occurrence(
            f"pipelinerun.{done}",
            *(subject, done),
            at=_run_time(run, done, attempt),
            subject=subject,
            content={
                "pipelineName": f"{notice.repository.full_name}/{workflow}",
                "uri": page,
                "outcome": _outcome(run, done),
            },
            commit=sha(run, "head_sha"),
            branch=text(run, "head_branch"),
            url=page,
            trigger=text(run, "event"),
            attempt=attempt,
            conclusion=text(run, "conclusion"),
        )
    ]


def workflow_job(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished; a job that waits is nothing yet."""
    job = path(notice.data, "workflow_job")
    done = _JOB_ACTIONS.get(notice.action)
    subject = _address(notice, job, "actions/jobs")
    if done is None or subject is None:
        return []
    run = url(job, "run_url")
    attempt = whole(job, "run_attempt") or 1
    at = instant(job, "started_at" if done == "started" else "completed_at")
    parent = None
    if run is not None:
        parent = {"id": f"{run}/attempts/{attempt}", "source": notice.repository.html_url}
    # A job that runs again in a later attempt has a new id.
    return [_task(notice, job, done, subject, at, parent, branch=text(job, "head_branch"))]


def check_run(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished for checks of other apps; GitHub's own are the jobs above."""
    check = path(notice.data, "check_run")
    subject = _address(notice, check, "check-runs")
    if subject is None or not _other_app(check):
        return []
    branch = text(check, "check_suite", "head_branch")
    if notice.action == "completed":
        at = instant(check, "completed_at")
        return [_task(notice, check, "finished", subject, at, None, stamp(at), branch=branch)]
    at = instant(check, "started_at")
    # No later event says that a queued check has started.
    if notice.action == "created" and (at is not None or word(check, "status") == "in_progress"):
        return [_task(notice, check, "started", subject, at, None, stamp(at), branch=branch)]
    return []


def check_suite(notice: Notice) -> list[CDEvent]:
    """taskrun.finished for all checks of one other app on one commit; no event says the start."""
    suite = path(notice.data, "check_suite")
    subject = _address(notice, suite, "check-suites")
    if notice.action != "completed" or subject is None or not _other_app(suite):
        return []
    at = instant(suite, "updated_at")
    branch = text(suite, "head_branch")
    return [_task(notice, suite, "finished", subject, at, None, stamp(at), branch=branch)]


def status(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished for a commit status, which only other tools than GitHub Actions
    set. One context on one commit is one run; where it is set again, it ends again."""
    found, data = word(notice.data, "state"), notice.data
    commit, context = sha(data, "sha"), text(data, "context")
    done = "started" if found == "pending" else "finished"
    if commit is None or context is None or (done == "finished" and found not in OUTCOMES):
        return []
    subject = f"{notice.repository.api_url}/commits/{commit}/status/{quote(context, safe='')}"
    at = instant(data, "updated_at") or instant(data, "created_at")
    page = url(data, "target_url")
    return [
        notice.told.occurrence(
            f"taskrun.{done}",
            *(subject, done, stamp(at)),
            at=at,
            subject=subject,
            content={
                "taskName": context,
                "uri": page,
                "outcome": OUTCOMES.get(found) if done == "finished" else None,
            },
            commit=commit,
            branch=text(data, "branches", 0, "name"),
            url=page,
            conclusion=found,
        )
    ]


def _task(
    notice: Notice,
    task: object,
    done: str,
    subject: str,
    at: datetime | None,
    parent: dict[str, str] | None,
    *identity: str,
    branch: str | None,
) -> CDEvent:
    content: dict[str, Any] = {
        "taskName": text(task, "name") or text(task, "app", "name"),
        "uri": url(task, "html_url"),
        "pipelineRun": parent,
        "outcome": _outcome(task, done),
    }
    return notice.told.occurrence(
        f"taskrun.{done}",
        *(subject, done, *identity),
        at=at,
        subject=subject,
        content=content,
        commit=sha(task, "head_sha"),
        branch=branch,
        url=url(task, "html_url"),
        app=text(task, "app", "name"),
        conclusion=text(task, "conclusion"),
    )


def _address(notice: Notice, thing: object, kind: str) -> str | None:
    """What a run, job or check is called over its whole life: its address in the API."""
    if (address := url(thing, "url")) is not None:
        return address
    number = ident(thing, "id")
    return None if number is None else f"{notice.repository.api_url}/{kind}/{number}"


def _run_time(run: object, done: str, attempt: int) -> datetime | None:
    """When the attempt was asked for, was started, or ended.

    `created_at` is that of the first attempt for ever; `run_started_at` is each attempt's own.
    """
    if done == "finished":
        return instant(run, "updated_at")
    created, started = instant(run, "created_at"), instant(run, "run_started_at")
    return created or started if done == "queued" and attempt == 1 else started or created


def _outcome(thing: object, done: str) -> str | None:
    return OUTCOMES.get(word(thing, "conclusion")) if done == "finished" else None


def _other_app(check: object) -> bool:
    """Whether an app other than GitHub Actions made the check. One of no known app does not
    count: it might be a job that is counted already."""
    app = word(check, "app", "slug") or word(check, "app", "name").replace(" ", "-")
    return app not in ("", "github-actions")
