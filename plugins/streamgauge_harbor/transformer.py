"""What Harbor tells of images: pushed, tagged, pulled, deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Image, Told, image_events, parse_image
from streamgauge.sources.fields import instant, items, path, text
from streamgauge.sources.registries import Done

PREFIX: Final = "io.goharbor."
"""How the types of the Default format start here; those of the CloudEvents format are Harbor's."""

DONE: Final[Mapping[str, Done]] = {
    "io.goharbor.push_artifact": "published",
    "io.goharbor.create_tag": "published",
    "io.goharbor.pull_artifact": "downloaded",
    "io.goharbor.delete_artifact": "deleted",
    "harbor.artifact.pushed": "published",
    "harbor.tag.created": "published",
    "harbor.artifact.pulled": "downloaded",
    "harbor.artifact.deleted": "deleted",
}
"""CloudEvent type to what was done. Scans, quotas, replication and retention mean nothing."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?", re.ASCII)


class HarborTransformer:
    """Harbor's events about images to CDEvents."""

    name = "harbor"

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """One CDEvent for each reference: Harbor tells of each tag, and of the bare digest."""
        done, data, time = DONE.get(event.get_type()), event.get_data(), event.get_time()
        if done is None or time is None:
            return []
        told, at, user = _said(event, data)
        source = instance(told)
        if source is None:
            return []
        return [
            made
            for resource in items(told, "resources")
            for made in image_events(
                Told(source, time), done, _image(told, resource), at=at, user=user
            )
        ]


def instance(told: object) -> str | None:
    """The Harbor that an event is from, by the addresses that it gives out."""
    address = (
        text(told, "resources", 0, "resource_url")
        or text(told, "replication", "harbor_hostname")
        or text(told, "retention", "harbor_hostname")
        or ""
    )
    host = address.partition("/")[0].lower()
    return f"https://{host}" if _HOST.fullmatch(host) else None


def _said(event: CloudEvent, data: object) -> tuple[object, datetime | None, str | None]:
    """The event's data, when it happened, and who did it, whichever the format."""
    if event.get_type().startswith(PREFIX):
        return path(data, "event_data"), instant(data, "occur_at"), text(data, "operator")
    at = None if event.get_extension("inferredtime") else event.get_time()
    return data, at, text(event.get_extension("operator"))


def _image(told: object, resource: object) -> Image:
    """The image: what was pushed by its digest alone has that for its tag, too."""
    host = (text(resource, "resource_url") or "").partition("/")[0]
    name = text(told, "repository", "repo_full_name")
    tag, digest = text(resource, "tag") or "", text(resource, "digest")
    if not _HOST.fullmatch(host) or name is None or not (tag or digest):
        return Image("", None, None, None)
    tagged = f":{tag}" if tag and ":" not in tag else ""
    return parse_image(f"{host}/{name}{tagged}{f'@{digest}' if digest else ''}")
