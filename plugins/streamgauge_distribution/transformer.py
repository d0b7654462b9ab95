"""What a registry's notifications say of images; those about blobs say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Image, Told, image_events, parse_image
from streamgauge.sources.fields import ident, instant, items, text, url, word
from streamgauge.sources.registries import Done

_DONE: Final[Mapping[str, Done]] = {
    "push": "published",
    "pull": "downloaded",
    "delete": "deleted",
}
"""Action to what was done. A mount is of a blob."""

_MANIFESTS: Final = (
    "application/vnd.docker.distribution.manifest.",
    "application/vnd.oci.image.manifest.",
    "application/vnd.oci.image.index.",
)
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+(?::\d{1,5})?)/", re.ASCII)
HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?", re.ASCII)


class DistributionTransformer:
    """The notifications of one delivery to CDEvents."""

    name = "distribution"

    def __init__(self, registry: str | None = None) -> None:
        """`registry` is the host that images are called by, where the registry does not know."""
        self._registry = registry

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What each notification says, in their order."""
        notifications, time = items(event.get_data(), "events"), event.get_time()
        if time is None:
            return []
        return [made for each in notifications for made in self._events(each, time)]

    def _events(self, notification: object, time: datetime) -> list[CDEvent]:
        done = _DONE.get(word(notification, "action"))
        scheme, asked = _address(notification)
        host = self._registry or asked
        if done is None or host is None or not _of_an_image(notification, done):
            return []
        identity = ident(notification, "id") if done == "downloaded" else None
        return image_events(
            Told(f"{scheme}://{host}", time),
            done,
            _image(notification, host),
            # Many fetch one image at once; each has a notification of its own.
            *(() if identity is None else (identity,)),
            at=instant(notification, "timestamp"),
            user=text(notification, "actor", "name"),
            url=url(notification, "target", "url"),
        )


def _address(notification: object) -> tuple[str, str | None]:
    """The scheme and the host by which the client has found the registry."""
    if match := _ADDRESS.match(text(notification, "target", "url") or ""):
        return match[1], match[2].lower()
    host = (text(notification, "request", "host") or "").lower()
    return "https", host if HOST.fullmatch(host) else None


def _of_an_image(notification: object, done: Done) -> bool:
    """Whether it is about a manifest. Of what is deleted a registry says the digest alone; a tag
    that is taken away, or a whole repository, has none and names no image."""
    if done == "deleted":
        return text(notification, "target", "digest") is not None
    # A client asks for the digest (HEAD) before it fetches.
    asked = done == "downloaded" and word(notification, "request", "method") == "head"
    return word(notification, "target", "mediaType").startswith(_MANIFESTS) and not asked


def _image(notification: object, host: str) -> Image:
    name, digest = (text(notification, "target", key) for key in ("repository", "digest"))
    if name is None or digest is None:
        return Image("", None, None, None)
    tag = text(notification, "target", "tag")
    return parse_image(f"{host}/{name}{f':{tag}' if tag else ''}@{digest}")
