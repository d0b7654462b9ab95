"""Deployments: neither Gitea nor Forgejo knows any, so the settings say which workflows deploy."""

from __future__ import annotations

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, DeploymentTransformer
from streamgauge.sources.fields import stamp
from streamgauge_gitea.notice import Notice, notice_of
from streamgauge_gitea.options import Options
from streamgauge_gitea.runs import RUNS, Run, run_of

NAME = "gitea-deployments"


def deployment_transformer(options: Options) -> DeploymentTransformer:
    """service.deployed, upgraded or rolledback, and failed deployments."""

    def read(event: CloudEvent) -> Deployment | None:
        if not options.rule.deployments.table:
            return None
        notice = notice_of(event)
        return None if notice is None else deployment_of(notice, options)

    return DeploymentTransformer(NAME, read)


def deployment_of(notice: Notice, options: Options) -> Deployment | None:
    """The deployment that a run was: one that has ended well or badly, and of a known commit.

    What runs for a pull request is taken for a try.
    """
    run = run_of(notice) if notice.event in RUNS else None
    if run is None or run.commit is None or (run.trigger or "").startswith("pull_request"):
        return None
    names = _names(notice, run)
    if run.conclusion not in ("success", "failure") or not options.rule.deploys(*names):
        return None
    repository = notice.repository
    return Deployment(
        told=notice.told,
        identity=(run.subject,),
        service=options.rule.service_of(*names, repository.full_name) or repository.full_name,
        environment=options.rule.environment_of(*names),
        artifact=repository.artifact(run.commit),
        version=run.commit,
        at=run.steps[-1][1],
        failed=run.conclusion == "failure",
        custom={
            "repository": repository.page,
            "commit": run.commit,
            "ref": run.ref,
            "url": run.page,
            "deployment": run.subject,
            "startedAt": stamp(run.started) or None,
        },
    )


def _names(notice: Notice, run: Run) -> tuple[str, ...]:
    """The workflow's file and name, with the repository's name before them and without."""
    full_name = notice.repository.full_name
    return (*(f"{full_name}/{name}" for name in run.names), *run.names)
