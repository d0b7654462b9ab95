"""What a pipeline was set off by, and what a stage deploys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamgauge.sources import Repository, parse_image, repository_at
from streamgauge.sources.fields import items, path, sha, text, word
from streamgauge_spinnaker.echo import Said

_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_JOBS = ("job", "cronjob", "pod")


def commit_of(said: Said) -> str | None:
    """The commit of a git trigger, or of the build that set the pipeline off."""
    found = sha(said.trigger, "hash")
    for scm in items(said.trigger, "buildInfo", "scm"):
        found = found or sha(scm, "sha1")
    return found


def repository_of(said: Said) -> Repository | None:
    """Where that commit is."""
    host = _HOSTS.get(word(said.trigger, "source"))
    project, slug = text(said.trigger, "project"), text(said.trigger, "slug")
    if host is not None and project is not None and slug is not None:
        return repository_at(f"https://{host}/{project}/{slug}")
    for scm in items(said.trigger, "buildInfo", "scm"):
        if (address := text(scm, "remoteUrl")) is not None:
            return repository_at(address.strip())
    return None


def branch_of(said: Said) -> str | None:
    """The branch that was pushed to, or built."""
    return text(said.trigger, "branch") or text(said.trigger, "buildInfo", "scm", 0, "branch")


def image_of(said: Said) -> tuple[str, str | None] | None:
    """What tells the deployed thing from others, and its package URL if it is a container image.

    The first container of the first workload stands for all of them.
    """
    for reference in _references(said):
        image = parse_image(reference)
        if image.repository is not None:
            return image.identity, image.package_url
    cluster = path(said.context, "clusters", 0)
    machine = text(cluster, "imageId") or text(said.context, "imageId")
    return None if machine is None else (machine, None)


def _references(said: Said) -> Iterator[str]:
    """Container images, best known first."""
    for place in (said.context, path(said.stage, "outputs")):
        for artifact in [*items(place, "outputs.boundArtifacts"), *items(place, "artifacts")]:
            reference = text(artifact, "reference")
            if word(artifact, "type") == "docker/image" and reference is not None:
                yield reference
        for manifest in [*items(place, "outputs.manifests"), *items(place, "manifests")]:
            yield from _of_manifest(manifest)
    # A container platform's image has a path; a machine's is a word.
    cluster = text(said.context, "clusters", 0, "imageId") or text(said.context, "imageId") or ""
    if "/" in cluster:
        yield cluster
    yield from _of_trigger(said)


def is_workload(said: Said) -> bool:
    """Whether what is applied has something in it that goes on running; so, too, where what is
    applied is not told."""
    applied = [
        each
        for place in (said.context, path(said.stage, "outputs"))
        for key in ("outputs.manifests", "manifests")
        for each in items(place, key)
        if isinstance(each, dict)
    ]
    return not applied or any(True for each in applied for _ in _of_manifest(each))


def _of_manifest(manifest: Any) -> Iterator[str]:
    """The images of whatever has pods by a template, jobs excepted."""
    if word(manifest, "kind") in _JOBS:
        return
    for container in items(manifest, "spec", "template", "spec", "containers"):
        if (reference := text(container, "image")) is not None:
            yield reference


def _of_trigger(said: Said) -> Iterator[str]:
    repository, tag = text(said.trigger, "repository"), text(said.trigger, "tag")
    if word(said.trigger, "type") == "docker" and repository is not None and tag is not None:
        registry = text(said.trigger, "registry")
        yield f"{'' if registry is None else f'{registry}/'}{repository}:{tag}"
