"""What registries tell of images, as CDEvents."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from streamgauge.cdevents import CDEvent
from streamgauge.sources.fields import stamp
from streamgauge.sources.images import Image
from streamgauge.sources.occurrences import Told

Done = Literal["published", "downloaded", "deleted"]

_COMMIT = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_SHORT_COMMIT = re.compile(r"sha-([0-9a-f]{7,40})")
# Tags by which cosign and the OCI referrers schema keep things beside an image.
_ATTACHED = re.compile(r"sha256-([0-9a-f]{64})(?:\.([a-z]+))?")


def image_events(
    told: Told,
    done: Done,
    image: Image,
    *identity: str,
    at: datetime | None,
    user: str | None = None,
    **custom: Any,
) -> list[CDEvent]:
    """What one push, pull or deletion of an image means; nothing where there is no image.

    The image, what was done and `identity`, or else the time, make the occurrence. A tag that
    holds a signature is ``artifact.signed`` of the image that it signs; tags that hold anything
    else about an image give nothing. `user` that is an e-mail address is left out.
    """
    if image.repository is None:
        return []
    if attached := _ATTACHED.fullmatch(image.tag or ""):
        if done != "published" or attached[2] != "sig":
            return []
        return [_signed(told, image, f"sha256:{attached[1]}", at)]
    subject = image.package_url
    return [
        told.occurrence(
            f"artifact.{done}",
            # The same image can be deleted and pushed again.
            *(subject, done, *(identity or (stamp(at),))),
            at=at,
            subject=subject,
            content={"user": None if user is None or "@" in user else user},
            **{
                "digest": image.digest,
                "imageTag": image.tag,
                "commit": commit_of_tag(image.tag) if done == "published" else None,
                **custom,
            },
        )
    ]


def commit_of_tag(tag: str | None) -> str | None:
    """The commit that a tag names: one with a whole commit id in it, or ``sha-`` and a short one.

    Anything shorter could as well be a date or a number.
    """
    if tag is None:
        return None
    if found := _COMMIT.search(tag):
        return found[0]
    short = _SHORT_COMMIT.fullmatch(tag)
    return None if short is None else short[1]


def _signed(told: Told, signature: Image, digest: str, at: datetime | None) -> CDEvent:
    signed = Image(signature.reference, signature.repository, None, digest).package_url
    name = signature.digest or str(signature.tag)
    return told.occurrence(
        "artifact.signed",
        *(signed, "signed", name, stamp(at)),
        at=at,
        subject=signed,
        content={"signature": name},
        digest=digest,
    )
