"""CloudEvents 0.3, read as 1.0: the same event in the words of today.

Nothing is lost: `schemaurl` becomes `dataschema` where it is an absolute URI, as 1.0 wants it, and
stays an extension otherwise; data in base64 becomes `data_base64`; an extension that is an object,
which 1.0 has not, becomes the text of that object, its canonical string form (0.3, type system).
"""

from __future__ import annotations

from typing import Any, Final

from streamgauge import json_codec
from streamgauge.cloudevents.attributes import DEFINED
from streamgauge.errors import InvalidCloudEvent
from streamgauge.uris import is_uri, is_uri_reference

SPECVERSION: Final = "0.3"
_RENAMED: Final = ("dataschema", "data_base64")


def from_json(body: bytes) -> bytes:
    """A structured event of 0.3, known to be a JSON object, as one of 1.0.

    Its data stays as it was written. Raises InvalidCloudEvent where 0.3 has rules of its own; the
    rules of 1.0 are left to be checked.
    """
    try:
        members = json_codec.split_object(body)
    except ValueError as error:
        raise InvalidCloudEvent(f"not JSON: {error}") from None
    attributes = {name: json_codec.decode(raw) for name, raw in members.items() if name != "data"}
    data: dict[str, Any] = {}
    if "data" in members:
        data["data"] = members["data"]
        if bytes(members["data"]).startswith(b'"'):
            encoding = attributes.pop("datacontentencoding", None)
            if encoding is not None:
                _require_base64(encoding)
                data = {"data_base64": data["data"]}
    attributes = {name: value for name, value in attributes.items() if value is not None}
    return json_codec.encode({**to_1_0(attributes), **data})


def from_headers(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a binary event of 0.3 as those of 1.0.

    A map travels as a header for each of its entries, ``ce-attrib-key`` (0.3, section 3.1.3.1).
    """
    values: dict[str, Any] = {}
    maps: dict[str, dict[str, Any]] = {}
    for name, value in attributes.items():
        owner, dash, key = name.partition("-")
        if dash:
            maps.setdefault(owner, {})[key] = value
        else:
            values[name] = value
    if both := values.keys() & maps.keys():
        raise InvalidCloudEvent("is both a value and a map", where=min(both))
    return to_1_0({**values, **maps})


def to_1_0(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes of 0.3, without data, in the words of 1.0."""
    for name in _RENAMED:
        if name in attributes:
            raise InvalidCloudEvent("means something else since CloudEvents 1.0", where=name)
    attributes = {**attributes, "specversion": "1.0"}
    if (schema := attributes.get("schemaurl")) is not None:
        if not (isinstance(schema, str) and schema and is_uri_reference(schema)):
            raise InvalidCloudEvent("must be a URI reference (RFC 3986)", where="schemaurl")
        if is_uri(schema):
            attributes["dataschema"] = attributes.pop("schemaurl")
    for name, value in attributes.items():
        if isinstance(value, dict) and name not in DEFINED:  # those are no maps, and refused
            attributes[name] = json_codec.encode(value).decode()
    return attributes


def _require_base64(encoding: object) -> None:
    if not isinstance(encoding, str) or encoding.lower() != "base64":
        raise InvalidCloudEvent("must be base64", where="datacontentencoding")
