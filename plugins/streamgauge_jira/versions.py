"""Versions that are released: artifact.published, and deployments where a setting says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Deployment, DeployRule, artifact
from streamgauge.sources.fields import ident, mapping, stamp, text, url
from streamgauge_jira.notice import Notice, notice_of

RELEASED: Final = "version_released"
DEPLOYMENTS: Final = "jira-deployments"


def version(notice: Notice) -> list[CDEvent]:
    """artifact.published. A release can be taken back, and made again."""
    found = _read(notice)
    if found is None:
        return []
    address, package, name, _ = found
    return [
        notice.told.occurrence(
            "artifact.published",
            *(address, "released", stamp(notice.said)),
            at=notice.said,
            subject=package,
            url=url(address),
            tag=name,
            releaseDate=text(notice.data, "version", "releaseDate"),
        )
    ]


def reader(rule: DeployRule) -> Callable[[CloudEvent], Deployment | None]:
    """What finds the deployment in an event: a version whose name, or project, a setting has."""

    def read(event: CloudEvent) -> Deployment | None:
        notice = notice_of(event)
        found = None if notice is None or notice.event != RELEASED else _read(notice)
        if notice is None or found is None:
            return None
        address, package, name, project = found
        names = [f"{project}/{name}", name, project]
        if not rule.deploys(*names):
            return None
        return Deployment(
            notice.told,
            (address, "deployment", stamp(notice.said)),
            rule.service_of(*names) or project,
            rule.environment_of(*names),
            package,
            name,
            notice.said,
            custom={"url": url(address), "deployment": address, "tag": name},
        )

    return read


def _read(notice: Notice) -> tuple[str, str, str, str] | None:
    """The version's address, its package URL, its name, and the number of its project."""
    found = mapping(notice.data, "version")
    number, name = ident(found, "id"), text(found, "name")
    project = ident(found, "projectId") or text(found, "project")
    if number is None or name is None or project is None:
        return None
    host = notice.site.partition("://")[2] or "jira"
    address = f"{notice.site}/rest/api/2/version/{number}"
    return address, artifact(f"{host}/{project}", name.strip()), name.strip(), project
