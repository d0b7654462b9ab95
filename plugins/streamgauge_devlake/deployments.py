"""A call about a deployment: what it says, and the CDEvent that it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED, event_id, new
from streamgauge.sources.repositories import Repository, artifact, repository_at
from streamgauge.timestamps import format_rfc3339
from streamgauge_devlake.calls import Scope
from streamgauge_devlake.fields import Fields
from streamgauge_devlake.options import Options

ENVIRONMENTS: Final = ("PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT")
_KINDS: Final = {"SUCCESS": "service.deployed", "FAILURE": DEPLOYMENT_FAILED}


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was deployed."""

    repository: Repository
    sha: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one call says."""

    id: str
    result: str
    """``SUCCESS``, ``FAILURE`` or, for what is no deployment, another word."""
    environment: str
    original_environment: str | None
    title: str | None
    started: datetime | None
    finished: datetime | None
    commits: tuple[Commit, ...]

    @classmethod
    def read(cls, document: object) -> Deployment:
        """Raises InvalidInput, which names the field, for what DevLake would refuse.

        What it has come to ask for in later versions may be missing: the id, which is then the
        commit's; when it finished; the commits.
        """
        body = Fields(document)
        result = (body.text("result") or "SUCCESS").upper()
        commits = _commits(body, result)
        return cls(
            id=_id(body, commits),
            result=result,
            environment=(body.word("environment", ENVIRONMENTS) or "PRODUCTION").lower(),
            original_environment=body.text("originalEnvironment"),
            title=body.text("displayTitle", "name"),
            started=body.instant("startedDate", "startTime"),
            finished=body.instant("finishedDate", "endTime"),
            commits=commits,
        )

    def event(self, scope: Scope, options: Options, accepted: datetime) -> CDEvent | None:
        """The CDEvent that this is; None for a result that is neither success nor failure.

        `accepted` stands in where the call has no time. DevLake knows one deployment by its id;
        here a failed attempt and the success after it are two, and so are two environments.
        """
        kind = _KINDS.get(self.result)
        if kind is None:
            return None
        [commit] = self.commits if len(self.commits) == 1 else [None]
        service = options.service(scope, _one_name(self.commits))
        made_of = commit.repository.artifact(commit.sha) if commit else artifact(service, self.id)
        return new(
            kind,
            id=event_id(scope.source, self.id, service, self.environment, self.result),
            source=scope.source,
            timestamp=self.finished or accepted,
            subject_id=service,
            content={"environment": {"id": self.environment}, "artifactId": made_of},
            custom_data={**self._custom_data(), **_code(self.commits)},
        )

    def _custom_data(self) -> dict[str, Any]:
        return {
            "deployment": self.id,
            "production": self.environment == "production",
            "startedAt": self.started and format_rfc3339(self.started),
            "title": self.title,
            "originalEnvironment": self.original_environment,
            "timestampInferred": True if self.finished is None else None,
        }


def _commits(body: Fields, result: str) -> tuple[Commit, ...]:
    """The commits in the list, else the one beside it, as all calls had it at first.

    Of a deployment that succeeded, a commit that says of itself that it failed is not deployed.
    """
    listed = body.objects("deploymentCommits")
    if not listed and (body.text("repoUrl") or body.text("commitSha")):
        listed = [body]
    read = [(each, _commit(each)) for each in listed]
    kept = [
        commit
        for each, commit in read
        if result != "SUCCESS" or (each.text("result") or "SUCCESS").upper() == "SUCCESS"
    ]
    return tuple(dict.fromkeys(kept))


def _commit(fields: Fields) -> Commit:
    return Commit(repository_at(fields.needed("repoUrl")), fields.needed("commitSha"))


def _id(body: Fields, commits: tuple[Commit, ...]) -> str:
    found = body.text("id", "pipelineId")
    if found is None and commits:
        return f"{commits[0].repository.address}@{commits[0].sha}"
    return found or body.needed("id")


def _one_name(commits: tuple[Commit, ...]) -> str | None:
    """The name of the repository, where all commits are of one."""
    names = {commit.repository.name for commit in commits}
    return names.pop() if len(names) == 1 else None


def _code(commits: tuple[Commit, ...]) -> dict[str, Any]:
    """What was deployed, as customData has it for one commit and for several."""
    told = [{"repository": each.repository.address, "commit": each.sha} for each in commits]
    return told[0] if len(told) == 1 else {"commits": told or None}
