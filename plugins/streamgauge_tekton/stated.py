"""What runs say of themselves by annotations: services deployed, artifacts made.

The names are those of Tekton's experiment with CDEvents. An annotation ``cd.service.upgraded`` says
what a run does; its results ``cd.service.name``, ``cd.service.envId`` and so on say with what, or
those that ``cd.events/results.service.name`` names instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamgauge import CDEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources import DeployRule, artifact
from streamgauge.sources.fields import stamp
from streamgauge_tekton.origin import Origin, artifact_of, images_of
from streamgauge_tekton.run import Run
from streamgauge_tekton.runs import custom_of, outcome_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SERVICE = ("deployed", "upgraded", "rolledback", "removed")
_RESULTS = {
    f"{thing}.{key}": f"cd.events/results.{thing}.{key.lower()}"
    for thing, keys in (
        ("service", ("envId", "name", "version")),
        ("artifact", ("id", "name", "version")),
    )
    for key in keys
}


def service_stated(run: Run) -> str | None:
    """What the annotations say that a run does to a service."""
    return next((done for done in _SERVICE if f"cd.service.{done}" in run.annotations), None)


def results_of(run: Run) -> dict[str, str | None]:
    """The results of the convention, by their names without ``cd.``."""
    results, annotations = run.results, run.annotations
    found = {}
    for name, renamed in _RESULTS.items():
        other = annotations.get(renamed)
        found[name] = results.get(other if isinstance(other, str) else f"cd.{name}")
    return found


def service_events(run: Run, origin: Origin, rule: DeployRule) -> list[CDEvent]:
    """What an annotated run has done to its service, or has failed to do.

    Tekton copies the annotations of a pipeline run to its task runs. So a task run speaks for a
    service only where its own results name it, and then as the pipeline run does, once for both.
    """
    done, results = service_stated(run), results_of(run)
    part = run.pipeline_run is not None
    service = results["service.name"] if part else _service(run, results, rule)
    if done is None or service is None:
        return []
    if run.done == "failed" and (part or done == "removed" or outcome_of(run) == "cancel"):
        return []
    failed = run.done == "failed"
    content: dict[str, Any] = {"environment": {"id": _environment(run, results, rule)}}
    if done != "removed":
        content["artifactId"] = _artifact(run, origin, service, results)
    return [
        run.told.occurrence(
            DEPLOYMENT_FAILED if failed else f"service.{done}",
            *("tekton", run.pipeline_run or run.uid, service, "failure" if failed else done),
            at=run.ended_at,
            subject=service,
            content=content,
            **custom_of(run, origin),
            version=results["service.version"],
            startedAt=stamp(run.started_at) or None,
            deployment=run.uid,
        )
    ]


def artifact_events(run: Run, origin: Origin) -> list[CDEvent]:
    """The artifacts that a successful run has packaged or published: those that its annotations
    speak of, and the images that Tekton Chains would sign."""
    results = results_of(run)
    stated = artifact_of(run, results)
    made = {each.package_url: each.digest for each in images_of(run)}
    annotated = "cd.artifact.published" in run.annotations
    # The convention has a digest for an id, beside a name that says nothing of a registry.
    own = (results["artifact.id"] or "").strip()
    digest = own if _DIGEST.fullmatch(own) else None
    published = {stated: made.get(stated) or digest} if annotated and stated is not None else {}
    published |= made
    events = [
        _artifact_event(run, origin, "published", subject, {}, digest=each)
        for subject, each in published.items()
    ]
    # CDEvents asks for the change that was packaged.
    if "cd.artifact.packaged" in run.annotations and stated is not None and origin.commit:
        of = {} if origin.repository is None else origin.repository.reference
        change = {**of, "id": origin.commit}
        events.insert(0, _artifact_event(run, origin, "packaged", stated, {"change": change}))
    return events


def _artifact_event(
    run: Run, origin: Origin, done: str, subject: str, content: Mapping[str, Any], **custom: Any
) -> CDEvent:
    return run.told.occurrence(
        f"artifact.{done}",
        *("tekton", run.uid, done, subject),
        at=run.ended_at,
        subject=subject,
        content=content,
        **custom_of(run, origin),
        **custom,
    )


def _service(run: Run, results: Mapping[str, str | None], rule: DeployRule) -> str | None:
    # The setting goes first: a run that fails has no results, and must be of the same service.
    return rule.service_of(*run.names) or results["service.name"]


def _environment(run: Run, results: Mapping[str, str | None], rule: DeployRule) -> str:
    return (
        results["service.envId"]
        or rule.parameter("environment", run.params)
        or rule.environment_of(*run.names)
    )


def _artifact(run: Run, origin: Origin, service: str, results: Mapping[str, str | None]) -> str:
    version = results["service.version"] or origin.commit or run.uid
    return artifact_of(run, results) or origin.artifact or artifact(service, version)
