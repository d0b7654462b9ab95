"""Workflows that the settings call deployments."""

from __future__ import annotations

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, DeployRule, artifact
from streamgauge.sources.fields import ident, instant, path, stamp, text, word
from streamgauge_circleci.notice import notice_of

_FAILED = {"success": False, "failed": True, "error": True}


def deployment_of(event: CloudEvent, rule: DeployRule) -> Deployment | None:
    """The deployment that a workflow was; None for one that was cancelled or not allowed, as for
    any other."""
    notice = notice_of(event)
    workflow = None if notice is None else path(notice.data, "workflow")
    identity, failed = ident(workflow, "id"), _FAILED.get(word(workflow, "status"))
    if notice is None or identity is None or failed is None:
        return None
    name = text(workflow, "name") or identity
    names = (f"{notice.project}/{name}", name)
    if not rule.deploys(*names):
        return None
    commit, repository = notice.commit, notice.repository
    service = (
        rule.service_of(*names)
        or (None if repository is None else repository.name)
        or notice.project
        or name
    )
    deployed = None
    if commit is not None and repository is not None:
        deployed = repository.artifact(commit)
    return Deployment(
        told=notice.told,
        identity=("circleci", identity, "deployment"),
        service=service,
        environment=rule.environment_of(*names),
        artifact=deployed or artifact(service, commit or identity),
        version=commit or identity,
        at=instant(workflow, "stopped_at") or instant(notice.data, "happened_at"),
        failed=failed,
        custom={
            **notice.custom(),
            "startedAt": stamp(instant(workflow, "created_at")) or None,
            "deployment": identity,
        },
    )
