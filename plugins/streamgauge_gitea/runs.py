"""Workflow runs and their jobs: pipelinerun.* and taskrun.*

Gitea tells of each step of a run and of its jobs, in GitHub's words. Forgejo tells of a run once,
when it has ended, and of jobs not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from streamgauge import CDEvent
from streamgauge.sources.fields import digits, path, sha, stamp, text, url, whole, word
from streamgauge_gitea.notice import Notice, when

_FORGEJO = ("action_run_failure", "action_run_recover", "action_run_success")
RUNS = ("workflow_run", *_FORGEJO)
"""The events that tell of runs."""

_ACTIONS = {"requested": "queued", "in_progress": "started", "completed": "finished"}
_OUTCOMES = {
    "success": "success",
    "failure": "failure",
    "cancelled": "cancel",
    "timed_out": "error",
    "startup_failure": "error",
}
"""As CDEvents' outcome; what was skipped has none."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to run a workflow."""

    subject: str
    """Its address in the API, which is what it is called over its whole life."""
    steps: tuple[tuple[str, datetime | None], ...]
    """What it has done by now and was not told before: queued, started, finished, and when."""
    workflow: str
    file: str
    """The name of the workflow, and of its file; the one where the other is not known."""
    conclusion: str
    """``success``, ``failure``, ``cancelled``, ``skipped``; ``""`` while it has none."""
    started: datetime | None
    commit: str | None
    ref: str | None
    """The branch, or what Forgejo shows for it: a tag, the number of a pull request."""
    trigger: str | None
    page: str
    title: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """What settings may call the workflow, best first: of its file there is one."""
        return (self.file, self.workflow)


def run_of(notice: Notice) -> Run | None:
    """The run that a notice is about; None without a number or with an action that says nothing."""
    return _gitea(notice) if notice.event == "workflow_run" else _forgejo(notice)


def runs(notice: Notice) -> list[CDEvent]:
    """pipelinerun.queued, started, finished."""
    run = run_of(notice)
    if run is None:
        return []
    return [_step(notice, run, done, at) for done, at in run.steps]


def _step(notice: Notice, run: Run, done: str, at: datetime | None) -> CDEvent:
    # Of an old Gitea a run that runs again has the number that it had.
    identity = [run.subject, done] if done == "queued" else [run.subject, done, stamp(at)]
    return notice.told.occurrence(
        f"pipelinerun.{done}",
        *identity,
        at=at,
        subject=run.subject,
        content={
            "pipelineName": f"{notice.repository.full_name}/{run.workflow}",
            "uri": run.page,
            "outcome": _OUTCOMES.get(run.conclusion) if done == "finished" else None,
        },
        commit=run.commit,
        branch=run.ref if notice.event == "workflow_run" else None,
        ref=None if notice.event == "workflow_run" else run.ref,
        url=run.page,
        title=run.title,
        trigger=run.trigger,
        conclusion=run.conclusion or None,
    )


def _gitea(notice: Notice) -> Run | None:
    run = path(notice.data, "workflow_run")
    done, number = _ACTIONS.get(notice.action), digits(run, "id")
    if done is None or number is None:
        return None
    started = when(run, "started_at")
    at = {"queued": when(run, "created_at"), "started": started}.get(
        done, when(run, "completed_at") or when(run, "updated_at")
    )
    # A path is "deploy.yml@refs/heads/main".
    file = (text(run, "path") or "").partition("@")[0].rpartition("/")[2]
    file = file or text(notice.data, "workflow", "id") or "workflow"
    subject = _address(notice, number, whole(run, "run_attempt"))
    return Run(
        subject=subject,
        steps=((done, at),),
        workflow=text(notice.data, "workflow", "name") or file,
        file=file,
        conclusion=word(run, "conclusion") if done == "finished" else "",
        started=started,
        commit=sha(run, "head_sha"),
        ref=text(run, "head_branch"),
        trigger=text(run, "event"),
        page=url(run, "html_url") or subject,
        title=text(run, "display_title"),
    )


def _forgejo(notice: Notice) -> Run | None:
    run = path(notice.data, "run")
    number = digits(run, "id")
    if number is None:
        return None
    status = word(run, "status") or notice.event.rpartition("_")[2]
    steps = (
        ("queued", when(run, "created")),
        ("started", when(run, "started")),
        ("finished", when(run, "stopped")),
    )
    file = text(run, "workflow_id") or "workflow"
    subject = _address(notice, number, None)
    return Run(
        subject=subject,
        # One that was cancelled before it began has not started.
        steps=tuple(each for each in steps if each[1] is not None or each[0] == "finished"),
        workflow=file,
        file=file,
        conclusion="success" if status == "recover" else status,
        started=when(run, "started"),
        commit=sha(run, "commit_sha"),
        ref=text(run, "prettyref"),
        trigger=text(run, "trigger_event") or text(run, "event"),
        page=url(run, "html_url") or subject,
        title=text(run, "title"),
    )


def _address(notice: Notice, number: str, attempt: int | None) -> str:
    return f"{notice.repository.api_url}/actions/runs/{number}/attempts/{attempt or 1}"


def workflow_job(notice: Notice) -> list[CDEvent]:
    """taskrun.started and finished; a job that waits is nothing yet."""
    job = path(notice.data, "workflow_job")
    done = {"in_progress": "started", "completed": "finished"}.get(notice.action)
    number, run = digits(job, "id"), digits(job, "run_id")
    if done is None or number is None:
        return []
    attempt = whole(job, "run_attempt")
    subject = f"{notice.repository.api_url}/actions/jobs/{number}"
    at = when(job, "started_at" if done == "started" else "completed_at")
    parent = None
    if run is not None:
        parent = {"id": _address(notice, run, attempt), "source": notice.repository.page}
    conclusion = word(job, "conclusion")
    return [
        notice.told.occurrence(
            f"taskrun.{done}",
            *(subject, done, str(attempt or 1)),
            at=at,
            subject=subject,
            content={
                "taskName": text(job, "name"),
                "uri": url(job, "html_url"),
                "pipelineRun": parent,
                "outcome": _OUTCOMES.get(conclusion) if done == "finished" else None,
            },
            commit=sha(job, "head_sha"),
            branch=text(job, "head_branch"),
            url=url(job, "html_url"),
            conclusion=conclusion or None,
        )
    ]
