"""From changes of a Rollout to CDEvents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge import CDEvent
from streamgauge_argo_rollouts.notices import Notice
from streamgauge_argo_rollouts.options import Options
from streamgauge_argo_rollouts.rollouts import Container

SERVICE: Final = "streamgauge.dev/service"
ENVIRONMENT: Final = "streamgauge.dev/environment"
_COMMIT: Final = "org.opencontainers.image.revision"
_REPOSITORY: Final = "org.opencontainers.image.source"
_VERSION: Final = "app.kubernetes.io/version"


@dataclass(frozen=True, slots=True)
class Announcer:
    """Writes the CDEvents about one Rollout. Each container but the main one is a service more."""

    notice: Notice
    options: Options
    main: str | None

    def announce(
        self, kind: str, container: str, of: Container | None, transition: str, at: datetime | None
    ) -> CDEvent:
        """The CDEvent that tells what happened to one container's service.

        `of` is None for one that is gone.
        """
        rollout, told = self.notice.rollout, self.notice.told
        content: dict[str, Any] = {"environment": {"id": self._environment()}}
        if of is not None:
            content["artifactId"] = of.artifact
        return told.occurrence(
            kind,
            *(told.source, rollout.uid, container, transition, rollout.revision),
            at=at,
            subject=self._service(container),
            content=content,
            **self._custom(container, of),
        )

    def _environment(self) -> str:
        rollout = self.notice.rollout
        named = rollout.own_note(ENVIRONMENT)
        return named or self.options.environment_of(self.notice.cluster, rollout.namespace)

    def _service(self, container: str) -> str:
        rollout, services = self.notice.rollout, self.options.services
        path = f"{rollout.namespace}/{rollout.name}"
        own = rollout.own_note(SERVICE) or services.of(path) or f"/{path}"
        if container == self.main:
            return own
        return services.of(f"{path}/{container}") or f"{own}/{container}"

    def _custom(self, container: str, of: Container | None) -> dict[str, Any]:
        """The annotations about the code speak of the main container."""
        rollout = self.notice.rollout
        about_code = rollout.note if container == self.main else _nothing
        return {
            "commit": about_code(_COMMIT),
            "repository": about_code(_REPOSITORY),
            "version": about_code(_VERSION),
            "image": None if of is None else of.image,
            "cluster": self.notice.cluster,
            "namespace": rollout.namespace,
            "kind": "Rollout",
            "workload": rollout.name,
            "container": container,
            "revision": rollout.revision,
        }


def _nothing(key: str) -> None:
    return None
