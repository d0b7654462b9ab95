"""Stages that deploy: of what, and where to."""

from __future__ import annotations

from typing import Final

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, Names, artifact
from streamgauge.sources.fields import instant, path, stamp, text, word
from streamgauge_spinnaker.echo import OUTCOMES, Said, said_by
from streamgauge_spinnaker.options import Options
from streamgauge_spinnaker.origin import branch_of, commit_of, image_of, is_workload, repository_of

DEPLOYING: Final = frozenset({"deploy", "deploymanifest", "createservergroup", "cloneservergroup"})
"""The types of stages that put something new into an account, in lower case.

The last two are what orca makes of a ``deploy`` for each cluster; by themselves, what somebody
asked for on a page.
"""

_DONE: Final = {"complete": "success", "failed": "failure"}


def deployment_of(event: CloudEvent, options: Options) -> Deployment | None:
    """The deployment that a stage was; None for one that was cancelled, as for any other."""
    said = said_by(event, options)
    if said is None or said.is_synthetic:
        return None
    kind = word(said.stage, "type") or word(said.context, "type")
    identity = said.stage_identity
    if kind not in DEPLOYING or identity is None or not is_workload(said):
        return None
    outcome = OUTCOMES.get(word(said.stage, "status")) or _DONE.get(said.done)
    if outcome == "cancel" or path(said.content, "canceled") is True:
        return None
    at = instant(said.content, "endTime", unit="ms")
    repository, commit, image = repository_of(said), commit_of(said), image_of(said)
    service = service_of(said, options)
    version = image[0] if image is not None else commit or identity
    deployed = image[1] if image is not None else None
    if image is None and commit is not None and repository is not None:
        deployed = repository.artifact(commit)
    return Deployment(
        told=said.told,
        # A stage can be started again, and then deploys again.
        identity=("spinnaker", identity, "deployment", stamp(at)),
        service=service,
        environment=environment_of(said, options),
        artifact=deployed or artifact(service, version),
        version=version,
        at=at,
        failed=outcome != "success",
        custom={
            "repository": None if repository is None else repository.address,
            "commit": commit,
            "branch": branch_of(said),
            "url": said.page,
            "application": said.application,
            "account": account_of(said),
            "startedAt": stamp(instant(said.content, "startTime", unit="ms")) or None,
            "deployment": identity,
        },
    )


def service_of(said: Said, options: Options) -> str:
    """The service, by the application and the stage's name."""
    stage = text(said.content, "name")
    names = () if stage is None else (f"{said.application}/{stage}",)
    return _first(options.services, *names, said.application) or said.application


def environment_of(said: Said, options: Options) -> str:
    """The environment, by the account."""
    account = account_of(said)
    if account is None:
        return options.environment or "unknown"
    named = _first(options.environments, f"{said.application}/{account}", account)
    return named or options.environment or account


def account_of(said: Said) -> str | None:
    """The account that is deployed to: what Spinnaker calls a cluster or a cloud."""
    return (
        text(said.context, "account")
        or text(said.context, "credentials")
        or text(said.context, "deploy.account.name")
        or text(said.context, "clusters", 0, "account")
    )


def _first(table: Names, *names: str) -> str | None:
    return next((found for name in names if (found := table.of(name)) is not None), None)
