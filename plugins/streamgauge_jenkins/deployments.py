"""Builds of the jobs that the settings call deployments."""

from __future__ import annotations

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, Repository, artifact, parse_image, repository_at
from streamgauge.sources.fields import sha, stamp
from streamgauge_jenkins.build import Build, build_of
from streamgauge_jenkins.options import Options
from streamgauge_jenkins.transformer import custom_of


def deployment_of(event: CloudEvent, options: Options) -> Deployment | None:
    """The deployment that a build was; None for one that was stopped or left out, as for any
    other."""
    build, rule = build_of(event, options), options.rule
    if build is None or build.done != "finished" or not rule.deploys(build.job):
        return None
    if build.outcome not in ("success", "failure"):
        return None
    given = {role: rule.parameter(role, build.parameters) for role in rule.parameters}
    stated = given.get("repository")
    repository = build.repository if stated is None else repository_at(stated)
    commit = _commit(build, given.get("commit"), stated is not None)
    service = given.get("service") or rule.service_of(build.job)
    if service is None:
        service = (None if repository is None else repository.name) or build.job
    image = given.get("image")
    return Deployment(
        told=build.told,
        identity=(*build.identity, "deployment"),
        service=service,
        environment=given.get("environment") or rule.environment_of(build.job),
        artifact=_artifact(image, repository, commit) or artifact(service, commit or build.number),
        version=image or commit or build.address,
        at=build.at,
        failed=build.outcome == "failure",
        custom={
            **custom_of(build),
            "repository": None if repository is None else repository.address,
            "commit": commit,
            "branch": build.branch if stated is None else None,
            "startedAt": stamp(build.began) or None,
            "deployment": build.address,
        },
    )


def _commit(build: Build, stated: str | None, elsewhere: bool) -> str | None:
    """The commit that is deployed: what was checked out is another repository's where a parameter
    names one."""
    return sha(stated) or (None if elsewhere else build.commit)


def _artifact(image: str | None, repository: Repository | None, commit: str | None) -> str | None:
    if image is not None:
        return parse_image(image).package_url
    if repository is None or commit is None:
        return None
    return repository.artifact(commit)
