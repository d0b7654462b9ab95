"""Deployments: of classic releases, and stages of pipelines where a setting says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from streamgauge import CloudEvent
from streamgauge.sources import Deployment, DeployRule, Repository, artifact
from streamgauge.sources.fields import (
    flag,
    ident,
    instant,
    items,
    mapping,
    sha,
    stamp,
    text,
    url,
    whole,
    word,
)
from streamgauge_azure_devops.notice import Notice, notice_of
from streamgauge_azure_devops.project import (
    git_address,
    github_address,
    repository_of,
)
from streamgauge_azure_devops.runs import STAGE, pipeline_of, run_number, source_of, stage_subject

RELEASE: Final = "ms.vss-release.deployment-completed-event"
EVENTS: Final = (RELEASE, STAGE)

_SUCCEEDED = ("succeeded", "succeededwithissues", "partiallysucceeded")
_DEFAULT_STAGE = "__default"


def reader(rule: DeployRule) -> Callable[[CloudEvent], Deployment | None]:
    """What finds the deployment in an event, if it is one that has ended."""

    def read(event: CloudEvent) -> Deployment | None:
        notice = notice_of(event)
        if notice is None:
            return None
        if notice.event == STAGE:
            return _stage(notice, rule)
        return _release(notice, rule) if notice.event == RELEASE else None

    return read


def _stage(notice: Notice, rule: DeployRule) -> Deployment | None:
    """A stage that a setting names. It deploys to an environment of its own name."""
    stage, number, pipeline = mapping(notice.data, "stage"), run_number(notice), pipeline_of(notice)
    name, result = text(stage, "name"), word(stage, "result")
    if name is None or number is None or pipeline is None or word(stage, "state") != "completed":
        return None
    title = text(stage, "displayName") or name
    names = [f"{pipeline}/{title}", f"{pipeline}/{name}", title, name]
    if name == _DEFAULT_STAGE:  # the pipeline has no stages
        names, title = [pipeline], rule.environment
    if result not in (*_SUCCEEDED, "failed") or not rule.deploys(*names):
        return None
    source = source_of(notice)
    subject = stage_subject(notice, number, stage)
    return Deployment(
        notice.told,
        (subject, "deployment"),
        rule.service_of(*names, pipeline) or pipeline,
        replace(rule, environment=title).environment_of(*names),
        _artifact(source.repository, source.commit, pipeline, text(notice.data, "run", "name")),
        source.commit or number,
        instant(stage, "finishTime") or instant(notice.data, "run", "finishedDate") or notice.said,
        failed=result == "failed",
        custom={
            **source.custom,
            "url": url(stage, "_links", "web", "href"),
            "deployment": subject,
            "startedAt": stamp(instant(stage, "startTime")) or None,
            "conclusion": result,
        },
    )


def _release(notice: Notice, rule: DeployRule) -> Deployment | None:
    """A classic release that has reached an environment, or failed to."""
    deployment = mapping(notice.data, "deployment")
    environment = mapping(notice.data, "environment")
    release = mapping(deployment, "release") or mapping(environment, "release")
    place = mapping(deployment, "releaseEnvironment") or environment
    place = place or mapping(deployment, "environment")
    name, number = text(place, "name"), ident(release, "id")
    failed = _failed(deployment, environment)
    definition = (
        text(deployment, "releaseDefinition", "name")
        or text(release, "releaseDefinition", "name")
        or text(environment, "releaseDefinition", "name")
    )
    if name is None or number is None or definition is None or failed is None:
        return None
    names = [f"{definition}/{name}", name]
    at = instant(deployment, "completedOn") or instant(environment, "modifiedOn") or notice.said
    # An environment can be deployed to again from the same release: each attempt has a number.
    attempt = ident(deployment, "id") or stamp(at)
    commits = _commits(notice, release)
    address = f"{notice.project.source}/_release?releaseId={number}"
    return Deployment(
        notice.told,
        (address, ident(place, "id") or name, attempt, "deployment"),
        rule.service_of(*names, definition) or definition,
        replace(rule, environment=name).environment_of(*names),
        _artifact(*_primary(commits), definition, text(release, "name")),
        commits[0][1] if commits else number,
        at,
        failed=failed,
        custom={
            **_custom(commits),
            "url": url(release, "webAccessUri") or url(release, "_links", "web", "href"),
            "deployment": f"{address}&environmentId={ident(place, 'id') or ''}&attempt={attempt}",
            "startedAt": stamp(instant(deployment, "startedOn")) or None,
            "attempt": whole(deployment, "attempt"),
        },
    )


def _failed(deployment: dict[str, Any], environment: dict[str, Any]) -> bool | None:
    """Whether it failed; None for one that was called off, or never approved.

    An environment is ``rejected`` by either, so the deployment's own word goes first.
    """
    status = word(deployment, "deploymentStatus") or word(deployment, "status")
    if status:
        return False if status in _SUCCEEDED else True if status == "failed" else None
    status = word(environment, "status")
    return False if status in _SUCCEEDED else True if status == "rejected" else None


def _commits(notice: Notice, release: dict[str, Any]) -> list[tuple[Repository | None, str]]:
    """The commits that a release is of, that of the main artifact first."""
    found = items(release, "artifacts") or items(notice.data, "release", "artifacts")
    listed = sorted(found, key=lambda each: flag(each, "isPrimary") is not True)
    return [
        (_repository(notice, mapping(each, "definitionReference")), commit)
        for each in listed
        if (commit := sha(each, "definitionReference", "sourceVersion", "id")) is not None
    ]


def _repository(notice: Notice, reference: dict[str, Any]) -> Repository | None:
    """The repository of an artifact: it is named, and its address is nowhere."""
    provider = word(reference, "repository.provider", "id")
    name = text(reference, "repository", "name")
    if provider.startswith("github"):
        full_name = text(reference, "repository", "id") or name
        return repository_of(None if full_name is None else github_address(full_name))
    project = text(reference, "project", "name") or text(notice.data, "project", "name")
    if name is None or project is None or not notice.project.organisation:
        return None
    return repository_of(git_address(notice.project.organisation, project, name))


def _primary(
    commits: list[tuple[Repository | None, str]],
) -> tuple[Repository | None, str | None]:
    return commits[0] if commits else (None, None)


def _custom(commits: list[tuple[Repository | None, str]]) -> dict[str, Any]:
    """The commits as customData has them: one, or a list where there are several."""
    told = [
        {"repository": repository.address, "commit": commit}
        for repository, commit in commits
        if repository is not None
    ]
    if len(told) > 1:
        return {"commits": told}
    return dict(told[0]) if told else {"commit": commits[0][1] if commits else None}


def _artifact(
    repository: Repository | None, commit: str | None, name: str, version: str | None
) -> str:
    if repository is not None and commit is not None:
        return repository.artifact(commit)
    return artifact(name, commit or version or "unknown")
