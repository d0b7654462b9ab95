"""What a run was made of, and what it made: commit, repository, images.

Tekton knows none of them: they are parameters and results, under names that conventions give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from streamgauge.sources import DeployRule, Image, Repository, artifact, parse_image, repository_at
from streamgauge.sources.fields import sha, text
from streamgauge_tekton.run import Run

# The parameters that the Four Keys read, Chains' type hints, what git-clone tells.
_COMMITS = ("gitrevision", "CHAINS-GIT_COMMIT", "revision", "commit")
_REPOSITORIES = ("gitrepositoryurl", "CHAINS-GIT_URL", "repo-url")
_AS_CODE = "pipelinesascode.tekton.dev/"
_URL, _DIGEST = "IMAGE_URL", "IMAGE_DIGEST"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run's source is from."""

    commit: str | None
    repository: Repository | None

    @property
    def artifact(self) -> str | None:
        """The source as a package URL."""
        if self.commit is None or self.repository is None:
            return None
        return self.repository.artifact(self.commit)


def origin_of(run: Run, rule: DeployRule) -> Origin:
    """The commit and the repository of a run."""
    params, results = run.params, run.results
    told = {**params, **results}
    stated = rule.parameter("commit", params), rule.parameter("repository", params)
    commit = _first_sha(
        stated[0],
        *(told.get(name) for name in _COMMITS),
        run.annotations.get(f"{_AS_CODE}sha"),
    )
    repository = stated[1] or next((told[name] for name in _REPOSITORIES if name in told), None)
    if repository is None:
        repository = text(run.annotations, f"{_AS_CODE}repo-url")
    if repository is None and sha(results, "commit") is not None:
        repository = results.get("url")  # git-clone's, which tells both
    return Origin(commit, None if repository is None else repository_at(repository.strip()))


def images_of(run: Run) -> list[Image]:
    """The images that a run's results name with their digests, each once."""
    results = run.results
    found: dict[str, Image] = {}
    for name, value in results.items():
        references = []
        if name.endswith(_URL) and (digest := results.get(name.removesuffix(_URL) + _DIGEST)):
            references = [f"{value.strip().partition('@')[0]}@{digest.strip()}"]
        elif name == "IMAGES":
            references = value.replace(",", "\n").split()
        for reference in references:
            image = parse_image(reference)
            if image.repository is not None and image.digest is not None:
                found.setdefault(image.package_url, image)
    return list(found.values())


def artifact_of(run: Run, results: Mapping[str, str | None]) -> str | None:
    """What the results ``cd.artifact.*`` name, as a package URL."""
    given, name, version = (results.get(f"artifact.{key}") for key in ("id", "name", "version"))
    if given is not None:
        given = given.strip()
        if given.startswith("pkg:"):
            return given
        image = parse_image(given)
        if image.digest is not None:
            return image.package_url
    if name is not None and (known := version or given) is not None:
        return artifact(name, known)
    images = images_of(run)
    return images[0].package_url if images else None


def _first_sha(*candidates: object) -> str | None:
    return next((found for each in candidates if (found := sha(each)) is not None), None)
