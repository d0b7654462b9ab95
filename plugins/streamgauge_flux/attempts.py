"""An attempt to bring a revision to a cluster, and the CDEvents about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from streamgauge import CDEvent
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.sources import artifact
from streamgauge.sources.fields import sha, stamp, text
from streamgauge_flux.notice import Notice
from streamgauge_flux.options import Options
from streamgauge_flux.revisions import Revision, parse_revision

_CHART = re.compile(r"with chart ([A-Za-z0-9][A-Za-z0-9._-]*)@")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A notice with a revision, read with the settings."""

    notice: Notice
    revision: Revision
    options: Options

    @property
    def version(self) -> str:
        """What tells this from another thing deployed by the same object.

        A release also differs by its values, which name the image most of the time; Flux gives
        their digest as the token.
        """
        if self.notice.kind == "kustomization":
            return self.revision.identity
        return f"{self.revision.identity} {self.notice.meta('token') or ''}".strip()

    def failed(self) -> CDEvent:
        """The attempt that failed, once per revision: Flux tries again and again."""
        return self._make(DEPLOYMENT_FAILED, "failure", self.version)

    def succeeded(self, done: str) -> CDEvent:
        """The deployment. A revision may come back, so the time is part of its identity."""
        return self._make(f"service.{done}", "success", self.version, stamp(self.notice.at))

    def _make(self, kind: str, *transition: str) -> CDEvent:
        notice = self.notice
        return notice.told.occurrence(
            kind,
            *(notice.told.source, notice.uid, *transition),
            at=notice.at,
            subject=notice.service(self.options),
            content={
                "environment": {"id": notice.environment(self.options)},
                "artifactId": self._artifact(),
            },
            **self._custom(),
        )

    def _artifact(self) -> str:
        revision, path = self.revision, self.notice.path
        if self.notice.kind == "helmrelease":
            return self._chart()
        if revision.digest is not None and revision.name is not None:
            return _oci(self.notice.name, revision.digest, revision.name)
        return artifact(path, revision.short)

    def _chart(self) -> str:
        named = _CHART.search(text(self.notice.data, "message") or "")
        chart, version = named[1] if named else self.notice.name, self.revision.short
        digest = parse_revision(self.notice.meta("oci-digest") or "").digest
        if digest is not None:
            return _oci(chart, digest, version)
        return f"pkg:helm/{quote(chart, safe='')}@{quote(version, safe='')}"

    def _custom(self) -> dict[str, Any]:
        """The commit only where it is known to be of the application, not of its configuration."""
        notice = self.notice
        repository = notice.meta("repository") or self.options.repositories.of(notice.path)
        origin = notice.meta("originRevision")
        named = (notice.meta("commit"), origin, repository and self.revision.commit)
        commits = (sha(parse_revision(each).commit) for each in named if each)
        return {
            "commit": next((commit for commit in commits if commit), None),
            "repository": repository,
            "revision": self.revision.text,
            "originRevision": origin,
            "version": notice.meta("app-version"),
            "cluster": notice.meta("cluster"),
            "namespace": notice.namespace,
            "kind": text(notice.data, "involvedObject", "kind"),
            "workload": notice.name,
        }


def attempt_of(notice: Notice, options: Options) -> Attempt | None:
    """The attempt that a notice tells of; None where it names no revision."""
    revision = notice.revision
    return None if revision is None else Attempt(notice, revision, options)


def removed(notice: Notice, options: Options) -> CDEvent:
    """The release that is gone."""
    return notice.told.occurrence(
        "service.removed",
        *(notice.told.source, notice.uid, "removed", stamp(notice.at)),
        at=notice.at,
        subject=notice.service(options),
        content={"environment": {"id": notice.environment(options)}},
        revision=notice.meta("revision"),
        cluster=notice.meta("cluster"),
        namespace=notice.namespace,
        workload=notice.name,
    )


def _oci(name: str, digest: str, tag: str) -> str:
    return f"pkg:oci/{quote(name.lower(), safe='')}@{digest}?tag={quote(tag, safe='')}"
