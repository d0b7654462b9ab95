"""Events of the log: taken apart to be sent, with other attributes, compared with another."""

from __future__ import annotations

import codecs
import encodings
import hashlib
import json
import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from pkgutil import iter_modules
from typing import Any, NamedTuple

from streamgauge import json_codec
from streamgauge.cloudevents.attributes import (
    DEVIATIONS,
    TRACE,
    UTF_8,
    Attributes,
    charset_of,
    check_attributes,
    decode_base64,
    is_json,
    named_charset,
    parameters,
)
from streamgauge.cloudevents.event import Content, Event
from streamgauge.cloudevents.json_format import read
from streamgauge.timestamps import Instant

_CDEVENTS = ("dev.cdevents.", "dev.cdeventsx.")
# Python's codecs of charsets that text travels in. It has others, by which different texts are the
# same bytes (idna), or which take time by the square of the text (punycode).
_CHARSETS = re.compile(
    r"utf-(?:8|16|32)(?:-[bl]e)?|ascii|iso8859-\d+|cp\d+|koi8-[rtu]|mac-[a-z0-9]+"
    r"|gb2312|gbk|gb18030|big5|euc_jp|euc_kr|iso2022_jp|iso2022_kr|shift_jis"
)

# A number with a point or an exponent, and now and then what looks like one within a text.
_FLOAT = re.compile(r"[:,\[]-?\d+[.e]")
_VERSION = 1
"""Of what a content's digest is made. Digests are kept for years: one version is never changed."""

_NAMES = frozenset(
    (*aliases, *aliases.values(), *(module.name for module in iter_modules(encodings.__path__)))
)


class Body(NamedTuple):
    """A recorded event taken apart: its attributes and its data as a body."""

    attributes: Attributes
    data: bytes | None
    """JSON to the byte as it was written, else text or bytes; None where there is none."""
    implies_json: bool
    """It has data that is JSON because no datacontenttype says otherwise (section 3.1.1)."""


def take_apart(state: bytes) -> Body:
    """The attributes of a recorded event, and its data as a body.

    Raises ValueError for data that cannot be written in the charset that datacontenttype names.
    """
    members = json_codec.split_object(state)
    data = members.pop("data", None)
    said = {name: json_codec.decode(raw) for name, raw in members.items()}
    attributes = {name: value for name, value in said.items() if value is not None}
    encoded = attributes.pop("data_base64", None)
    content_type = attributes.get("datacontenttype")
    if data is not None and is_json(content_type):
        if charset_of(content_type) is not None:
            raise ValueError("JSON is UTF-8, and no other charset")
        return Body(attributes, bytes(data), content_type is None)
    if data is not None:
        return Body(attributes, _encoded(json_codec.decode(data), content_type), False)
    return Body(attributes, None if encoded is None else decode_base64(encoded), False)


def with_attributes(state: bytes, attributes: dict[str, Any]) -> Event:
    """The recorded event with other attributes, and with its data to the byte as it is.

    Raises InvalidCloudEvent where an attribute breaks a rule. Whether the data is still what
    datacontenttype says is for the caller to know.
    """
    check_attributes(attributes)
    members = json_codec.split_object(state)
    name = "data" if "data" in members else "data_base64"
    data = {name: members[name]} if name in members else {}
    changed = json_codec.encode({**attributes, **data})
    return Event(attributes["source"], attributes["id"], attributes["type"], changed)


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two events of one (source, id) say the same, however each was written.

    Member order, white space, nulls that mean absent, base64 against text, the spelling of one
    instant, the attribute that notes deviations and those that name a trace do not count.
    """
    if one == other:
        return True
    first, second = read(one), read(other)
    return (
        first.has_data == second.has_data
        and _said(first) == _said(second)
        and _is_same_data(first, second)
    )


def content_digest(state: bytes) -> bytes:
    """A SHA-256 that is the same for two events of one (source, id) if `same_content` calls them
    so, and else another."""
    content = read(state)
    said = [_VERSION, content.has_data, _said(content), *_digestible(content)]
    return hashlib.sha256(_canonical(said).encode()).digest()


def _digestible(content: Content) -> tuple[str, Any]:
    """The data, and of what kind it is; text as its bytes, where it has any."""
    data = _as_bytes(content)
    if isinstance(data, bytes):
        return "bytes", hashlib.sha256(data).hexdigest()
    return ("text" if isinstance(data, str) else "json"), data


def _canonical(value: Any) -> str:
    """One text for all values that are the same JSON; `value` is used up."""
    text = _written(value)
    return text if _FLOAT.search(text) is None else _written(_with_whole_numbers(value))


def _written(value: Any) -> str:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), check_circular=False, default=str
    )


def _with_whole_numbers(value: Any) -> Any:
    """The value with 1 in place of 1.0: they are equal."""
    holders: list[Any] = [[value]]
    for holder in holders:
        for place, held in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(held, float) and held.is_integer():
                holder[place] = int(held)
            elif isinstance(held, dict | list):
                holders.append(held)
    return holders[0][0]


def _is_same_data(first: Content, second: Content) -> bool:
    """Whether the data is one; text and its bytes are, where it is not JSON."""
    if isinstance(first.data, bytes) != isinstance(second.data, bytes):
        return bool(_as_bytes(first) == _as_bytes(second))
    return json_codec.equal(first.data, second.data)


def _as_bytes(content: Content) -> Any:
    """Text in its charset; anything else, and text that its charset cannot hold, as it is."""
    if not isinstance(content.data, str):
        return content.data
    kind = content.attributes.get("datacontenttype")
    try:
        return _encoded(content.data, kind)
    except ValueError:
        return content.data


def _said(content: Content) -> dict[str, Any]:
    """What the attributes say, whatever mode the event came in.

    Values in their canonical string form, which is all that a header has; the time as an instant;
    JSON as one type, be it said or implied; without what the receiver noted down. Of a CDEvent,
    what its CloudEvent says beside it is left out: the CDEvent is the truth (decision 0011).
    """
    said: dict[str, Any] = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in content.attributes.items()
        if name != DEVIATIONS and name not in TRACE
    }
    if content.has_data and not isinstance(content.data, bytes):
        kind = said.get("datacontenttype")
        if is_json(kind) and charset_of(kind) is None:
            said["datacontenttype"] = _without_charset(kind or "application/json")
    if "time" in said:
        said["time"] = Instant.of(said["time"])
    if said["type"].startswith(_CDEVENTS) and isinstance(content.data, dict):
        for name in ("subject", "time", "datacontenttype"):
            said.pop(name, None)
    return said


def _without_charset(media_type: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The type and its parameters, in any order, but for a charset that is UTF-8."""
    said = [
        (name, value)
        for name, value in parameters(media_type)
        if not (name == "charset" and value.strip('"').lower() in UTF_8)
    ]
    return media_type.partition(";")[0].strip().lower(), tuple(sorted(said))


def _encoded(text: str, content_type: object) -> bytes:
    """Raises ValueError for what the charset cannot express, or gives back as something else."""
    codec = _codec(content_type)
    encoded = text.encode(codec)
    if encoded.decode(codec) != text:
        raise ValueError("the charset makes other text of it")
    return encoded


def _codec(content_type: object) -> str:
    """The codec of a media type's charset. Raises ValueError for one that is not known."""
    charset = named_charset(content_type) or "utf-8"
    name = normalize_encoding(charset)
    # Python remembers each name that it has looked for, known or not, and never forgets.
    if name not in _NAMES or not _CHARSETS.fullmatch(codec := codecs.lookup(name).name):
        raise ValueError(f"the charset {charset[:50]!r} is not known")
    return codec
