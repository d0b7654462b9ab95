"""What the specification demands in prose and no schema holds (CDEvents 0.1 to 0.5).

Everything here is a deviation and not a refusal: the mode decides what becomes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jsonschema_rs import Draft202012Validator
from packageurl import PackageURL

from streamgauge.cdevents.deviations import Deviation
from streamgauge.cdevents.reasons import pointer
from streamgauge.cdevents.vocabulary import EventType, line_of
from streamgauge.cloudevents.attributes import decode_base64, is_json
from streamgauge.uris import is_uri

_HEX = "[0-9a-fA-F]"
UUID_4 = f"^{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}$"
_PURL_START = re.compile(r"pkg:/{0,2}[a-z][a-z0-9.+-]*/", re.IGNORECASE | re.ASCII)
_PART = f"(?:[A-Za-z0-9_.~!$&'()*+,;=:-]|%{_HEX}{{2}})+"
_KEY_AND_VALUE = f"[a-zA-Z][a-zA-Z0-9._-]*=(?:[A-Za-z0-9_.~!$'()*+,;:/@-]|%{_HEX}{{2}})+"
# What most look like, told without taking them apart: type, namespace, name, version, qualifiers.
PLAIN_PURL = (
    f"^pkg:/{{0,2}}[a-zA-Z][a-zA-Z0-9.-]*/(?:{_PART}/)*[a-zA-Z0-9](?:{_PART})?(?:@{_PART})?"
    f"(?:[?]{_KEY_AND_VALUE}(?:&{_KEY_AND_VALUE})*)?$"
)
_is_uuid_4 = re.compile(UUID_4).fullmatch
_is_plain_purl = Draft202012Validator({"pattern": PLAIN_PURL}).is_valid


def examine(document: Any, event_type: EventType) -> list[Deviation]:
    """What deviates in a document that the schema of `event_type` has let through."""
    context, subject = document["context"], document["subject"]
    found: list[Deviation] = []
    declared = context.get("specversion") or context["version"]
    if declared not in event_type.releases and not event_type.custom:
        found.extend(_specversion(context, declared, event_type))
    if (chain := context.get("chainId")) is not None and not _is_uuid_4(chain):
        found.append(Deviation("chainid", "/context/chainId", "must be a UUID of version 4"))
    artifact = subject["content"].get("artifactId")
    if artifact and not (event_type.custom or is_purl(artifact)):
        found.append(_no_purl("/subject/content/artifactId"))
    if event_type.subject == "artifact" and not is_purl(subject["id"]):
        found.append(_no_purl("/subject/id"))
    if "customDataContentType" in document:
        found.extend(_custom_data(document))
    if "links" in context:
        found.extend(_links(context["links"]))
    return found


def is_purl(text: str) -> bool:
    """Whether `text` is a package URL, ``pkg:oci/shop@sha256%3A4a2f``."""
    # The library takes more than a URI, and reads it as something else.
    if not is_uri(text):
        return False
    if _is_plain_purl(text):
        return True
    if not _PURL_START.match(text) or text.endswith("@"):
        return False
    try:
        name = PackageURL.from_string(f"pkg:{text[4:]}").name
    except ValueError:
        return False
    return bool(name and name.strip())


def _no_purl(where: str) -> Deviation:
    return Deviation("purl", where, "must be a package URL such as pkg:oci/shop@sha256%3A4a2f")


def _specversion(context: Any, declared: str, event_type: EventType) -> Iterator[Deviation]:
    """The patches of a line are one: 0.5.0 has the types of 0.5.1."""
    if line_of(declared) not in map(line_of, event_type.releases):
        where = "/context/specversion" if "specversion" in context else "/context/version"
        has = ", ".join(event_type.releases)
        yield Deviation("specversion", where, f"must be one that has this type: {has}")


def _custom_data(document: Any) -> Iterator[Deviation]:
    """Data that is not JSON is a string in base64."""
    data = document.get("customData")
    if data is None or is_json(document["customDataContentType"]):
        return
    try:
        decode_base64(data)
    except ValueError:
        reason = "must be base64, since customDataContentType is not JSON"
        yield Deviation("customdata", "/customData", reason)


def _links(links: Any) -> Iterator[Deviation]:
    for place, link in enumerate(links):
        where = f"/context/links/{place}"
        for name, value in link.get("tags", {}).items():
            if not isinstance(value, str):
                yield Deviation("links", where + pointer(["tags", name]), "a tag must be a string")
        if link["linkType"] == "RELATION" and "contextId" not in link["target"]:
            yield Deviation("links", f"{where}/target", "must name a contextId")
