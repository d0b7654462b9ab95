"""The stateless transformer: pipelines to pipelinerun.*, stages to taskrun.*, and rollbacks."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import artifact
from streamgauge.sources.fields import instant, stamp, text, word
from streamgauge_spinnaker.deployments import environment_of, service_of
from streamgauge_spinnaker.echo import OUTCOMES, Said, said_by
from streamgauge_spinnaker.options import Options
from streamgauge_spinnaker.origin import branch_of, commit_of, repository_of


class SpinnakerTransformer:
    """Echo's events to CDEvents."""

    name = "spinnaker"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The pipeline or the stage has started or finished."""
        said = said_by(event, self._options)
        if said is None:
            return []
        if ".pipeline." in event.get_type():
            return _pipeline(said)
        rolled_back = _rollback(said, self._options)
        return rolled_back if said.is_synthetic else [*_stage(said), *rolled_back]


def _pipeline(said: Said) -> list[CDEvent]:
    name = text(said.execution, "name") or said.identity
    content = {"pipelineName": f"{said.application}/{name}", "uri": said.page}
    return [_run(said, "pipelinerun", said.identity, said.execution, content)]


def _stage(said: Said) -> list[CDEvent]:
    identity = said.stage_identity
    if identity is None:
        return []
    content: dict[str, Any] = {"taskName": text(said.content, "name"), "uri": said.page}
    if "/executions/" in said.page:
        content["pipelineRun"] = {"id": said.identity, "source": said.told.source}
    # The times of the stage itself stand beside the execution too, and are always there.
    times = {**said.stage, **{key: said.content.get(key) for key in ("startTime", "endTime")}}
    return [_run(said, "taskrun", identity, times, content, stageType=text(said.stage, "type"))]


def _run(
    said: Said, kind: str, identity: str, about: Any, content: dict[str, Any], **custom: Any
) -> CDEvent:
    """A stage can be started again, so times are part of the identity."""
    starting = said.done == "starting"
    at = instant(about, "startTime" if starting else "endTime", unit="ms")
    done = "started" if starting else "finished"
    if not starting and (outcome := _outcome(said, about)) is not None:
        content = {**content, "outcome": outcome}
    repository = repository_of(said)
    return said.told.occurrence(
        f"{kind}.{done}",
        *("spinnaker", identity, done, stamp(at)),
        at=at,
        subject=identity,
        content=content,
        repository=None if repository is None else repository.address,
        commit=commit_of(said),
        branch=branch_of(said),
        url=said.page,
        application=said.application,
        trigger=text(said.trigger, "type"),
        status=text(about, "status"),
        **custom,
    )


def _outcome(said: Said, about: Any) -> str | None:
    status = word(about, "status")
    if status:
        return OUTCOMES.get(status)
    return "success" if said.done == "complete" else "failure"


def _rollback(said: Said, options: Options) -> list[CDEvent]:
    """service.rolledback for a server group that was put back in the place of another."""
    identity, at = said.stage_identity, instant(said.content, "endTime", unit="ms")
    restored = text(said.context, "rollbackContext", "restoreServerGroupName")
    if identity is None or restored is None or said.done != "complete":
        return []
    if word(said.stage, "type") != "rollbackservergroup":
        return []
    service = service_of(said, options)
    return [
        said.told.occurrence(
            "service.rolledback",
            *("spinnaker", identity, "rollback", stamp(at)),
            at=at,
            subject=service,
            content={
                "environment": {"id": environment_of(said, options)},
                "artifactId": artifact(service, restored),
            },
            url=said.page,
            application=said.application,
            startedAt=stamp(instant(said.content, "startTime", unit="ms")) or None,
            deployment=identity,
        )
    ]
