"""Runs that the settings call deployments, and that do not say themselves what they do."""

from __future__ import annotations

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, artifact, parse_image
from streamgauge.sources.fields import stamp
from streamgauge_tekton.options import Options
from streamgauge_tekton.origin import artifact_of, images_of, origin_of
from streamgauge_tekton.run import Run, run_of
from streamgauge_tekton.runs import custom_of, outcome_of
from streamgauge_tekton.stated import results_of, service_stated


def deployment_of(event: CloudEvent, options: Options) -> Deployment | None:
    """The deployment that a run was; None for one that was cancelled, as for any other run.

    A task run that is part of a pipeline run is none: the whole is.
    """
    run = run_of(event, options)
    if run is None or run.pipeline_run is not None or service_stated(run) is not None:
        return None
    rule, outcome = options.rule, outcome_of(run)
    if outcome == "cancel" or not rule.deploys(*run.names):
        return None
    origin = origin_of(run, rule)
    repository = None if origin.repository is None else origin.repository.name
    service = (
        rule.parameter("service", run.params)
        or rule.service_of(*run.names)
        or repository
        or run.definition
    )
    image = _image(run, options)
    version = image or origin.commit or run.uid
    return Deployment(
        told=run.told,
        identity=("tekton", run.uid, "deployment"),
        service=service,
        environment=rule.parameter("environment", run.params) or rule.environment_of(*run.names),
        artifact=image or origin.artifact or artifact(service, version),
        version=version,
        at=run.ended_at,
        failed=outcome != "success",
        custom={
            **custom_of(run, origin),
            "startedAt": stamp(run.started_at) or None,
            "deployment": run.uid,
        },
    )


def _image(run: Run, options: Options) -> str | None:
    """The image that is deployed, as a package URL."""
    given = options.rule.parameter("image", run.params)
    if given is not None:
        return parse_image(given).package_url
    images = images_of(run)
    return images[0].package_url if images else artifact_of(run, results_of(run))
