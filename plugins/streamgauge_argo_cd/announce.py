"""From what happened to an Application to CDEvents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources import Image, artifact, repository_at
from streamgauge.sources.fields import instant, sha, stamp, text
from streamgauge_argo_cd.notice import Notice
from streamgauge_argo_cd.options import Options

SERVICE: Final = "streamgauge.dev/service"
ENVIRONMENT: Final = "streamgauge.dev/environment"
_COMMIT: Final = "org.opencontainers.image.revision"
_REPOSITORY: Final = "org.opencontainers.image.source"


@dataclass(frozen=True)
class Announcer:
    """Writes the CDEvents about one Application."""

    notice: Notice
    options: Options

    @cached_property
    def service(self) -> str:
        """The service that the Application is."""
        notice = self.notice
        return notice.note(SERVICE) or self.options.services.of(notice.name) or notice.name

    def service_of(self, image: str) -> str:
        """The service of a further image, by what is last in its repository's path."""
        return f"{self.service}/{image.rpartition('/')[2]}"

    def deployed(self, done: str, image: Image | None, version: str) -> CDEvent:
        """That the Application is deployed, `image` being what it is made of, if that is one."""
        what = self._origin() if image is None else image.package_url
        return self._success(done, self.service, "", version, what, image, **self._code())

    def image_deployed(self, done: str, repository: str, image: Image) -> CDEvent:
        """That a further image is deployed. Of its code nothing is known."""
        service, version = self.service_of(repository), image.identity
        return self._success(done, service, repository, version, image.package_url, image)

    def failed(self, image: Image | None = None, since: datetime | None = None) -> CDEvent:
        """That the synchronisation failed; or that what it brought has been degraded `since` then,
        `image` being that, if it is one."""
        notice = self.notice
        health = text(notice.app, "status", "health", "message")
        return self._make(
            DEPLOYMENT_FAILED,
            *("failure", *(origin.revision for origin in notice.origins), stamp(notice.finished)),
            at=since or notice.finished,
            subject=self.service,
            content={"artifactId": self._origin() if image is None else image.package_url},
            image=None if image is None else image.reference,
            **self._code(),
            **self._of_operation(),
            reason=text(notice.operation, "message") if since is None else health,
        )

    def detected(self, since: datetime, *, by_operation: bool) -> CDEvent:
        """That the Application is degraded, if so by what the last operation has brought."""
        message = text(self.notice.app, "status", "health", "message")
        due = [self._reference] if by_operation else None
        return self._incident("detected", since, since, message, deployments=due)

    def resolved(self, since: datetime, until: datetime) -> CDEvent:
        """That it is healthy again."""
        return self._incident("resolved", since, until, None)

    def removed(self, service: str, at: datetime | None) -> CDEvent:
        """That it is deleted, and one of its services with it."""
        return self._make("service.removed", "removed", service, at=at, subject=service, content={})

    def _success(
        self,
        done: str,
        service: str,
        part: str,
        version: str,
        what: str,
        image: Image | None,
        **custom: Any,
    ) -> CDEvent:
        """A version may come back, so the time of the synchronisation is part of the identity."""
        at = self.notice.finished
        return self._make(
            f"service.{done}",
            *("success", part, version, stamp(at)),
            at=at,
            subject=service,
            content={"artifactId": what},
            image=None if image is None else image.reference,
            **custom,
            **self._of_operation(),
        )

    def _incident(
        self, done: str, since: datetime, at: datetime, message: str | None, **custom: Any
    ) -> CDEvent:
        title = message or f"{self.notice.name} is degraded"
        return self._make(
            f"incident.{done}",
            *("degraded", stamp(since), done),
            at=at,
            subject=f"{self.notice.page or self.notice.path}/degraded/{stamp(since)}",
            content={
                "description": title if done == "detected" else None,
                "service": {"id": self.service},
            },
            title=title if done == "detected" else None,
            **custom,
        )

    def _make(
        self,
        kind: str,
        *transition: str,
        at: datetime | None,
        subject: str,
        content: dict[str, Any],
        **custom: Any,
    ) -> CDEvent:
        notice = self.notice
        return notice.told.occurrence(
            kind,
            *(notice.told.source, notice.uid, *transition),
            at=at,
            subject=subject,
            content={"environment": {"id": self._environment}, **content},
            **custom,
            application=notice.path,
            project=text(notice.app, "spec", "project"),
            cluster=self._cluster,
            namespace=text(notice.app, "spec", "destination", "namespace"),
            url=notice.page,
        )

    @cached_property
    def _cluster(self) -> str | None:
        destination = ("spec", "destination")
        named = text(self.notice.app, *destination, "name")
        return named or text(self.notice.app, *destination, "server")

    @cached_property
    def _environment(self) -> str:
        notice, known = self.notice, self.options.environments
        namespace = text(notice.app, "spec", "destination", "namespace")
        names = (f"{self._cluster or ''}/{namespace or ''}", namespace or "", notice.name)
        return (
            notice.note(ENVIRONMENT)
            or next((found for name in names if (found := known.of(name))), None)
            or text(notice.context, "environment")
            or self.options.environment
            or namespace
            or notice.name
        )

    def _origin(self) -> str:
        """What was synchronised, for an Application that is not one image."""
        found = (origin.package_url for origin in self.notice.origins)
        return next((each for each in found if each), None) or artifact(self.service, "unknown")

    def _code(self) -> dict[str, Any]:
        """The commit of the application itself, where it is known."""
        notice = self.notice
        noted = sha(notice.note(_COMMIT))
        if noted is not None:
            return {"commit": noted, "repository": notice.note(_REPOSITORY)}
        named = self.options.repositories.of(notice.name)
        if named is None:
            return {}
        wanted = repository_at(named).address
        same = (origin for origin in notice.origins if origin.repository == wanted)
        commits = (sha(origin.revision) for origin in same)
        return {"commit": next((each for each in commits if each), None), "repository": wanted}

    def _of_operation(self) -> dict[str, Any]:
        notice = self.notice
        return {
            "startedAt": stamp(instant(notice.operation, "startedAt")) or None,
            "deployment": self._reference,
            "gitops": [origin.document for origin in notice.origins] or None,
        }

    @property
    def _reference(self) -> str:
        """What the last operation is called, by which an incident may name it.

        Only one that succeeded has a number in the history.
        """
        notice = self.notice
        number = notice.history_id if notice.phase == "Succeeded" else None
        return f"{notice.path}/{number or stamp(notice.finished)}"
