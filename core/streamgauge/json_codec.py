"""JSON in and out: strict UTF-8, strict RFC 8259, one kind of error."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

import msgspec

DEEPEST = 512
"""How many levels of objects and arrays an event from outside may have, itself included."""

Raw = msgspec.Raw
"""Bytes that are JSON already; `encode` puts them into a document as they are."""

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_decoder = msgspec.json.Decoder()
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(body: bytes | Raw) -> Any:
    """The value that `body` holds. Raises ValueError, with a reason, if it is no JSON."""
    return _decode(_decoder, body)


def decode_bounded(body: bytes, *, inside: bool = False) -> Any:
    """The value that `body` holds, an event from outside or what stands `inside` of one.

    Raises ValueError, with a reason, if it is no JSON or nested too deeply.
    """
    try:  # as `_decode`, without the call: nothing is decoded as often as this
        value = _decoder.decode(body)
    except _NO_JSON as error:
        raise _refusal(error) from None
    if len(body) > 2 * (DEEPEST - 1):
        check_depth(body, inside=inside)
    return value


def check_depth(encoded: bytes, *, inside: bool = False) -> None:
    """Raise ValueError if the valid JSON `encoded` is nested too deeply.

    What can just be read depends on how deep the reader itself stands; what is taken in must be
    read by all that comes after. The bytes count, and not the value: of members of one name all
    but the last are gone from that, and every reader walks through them.
    """
    levels = DEEPEST - 1 if inside else DEEPEST
    # Most are done with at a glance: each level takes two bytes, an object around something five,
    # and all of the deepest open before the first of them closes.
    arrays = encoded.count(b"[", 0, max(0, len(encoded) - levels))
    if arrays + len(encoded) // 5 < levels or arrays + encoded.count(b"{") <= levels:
        return
    brackets = _STRING.sub(b"", encoded).translate(None, _NO_BRACKETS)
    if max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0) > levels:
        counted = ", the event around it counted" if inside else ""
        raise ValueError(f"the JSON is nested more than {DEEPEST} levels deep{counted}")


def split_array(body: bytes) -> list[bytes]:
    """The elements of a JSON array, each as the bytes it was written with.

    Raises ValueError if `body` is no JSON array; the elements themselves are not checked.
    """
    raws: list[Raw] = _decode(_array_decoder, body)
    return [bytes(raw) for raw in raws]


def split_object(body: bytes) -> dict[str, Raw]:
    """The members of a JSON object, each as it was written.

    Raises ValueError if `body` is no JSON object; the members themselves are not checked.
    """
    members: dict[str, Raw] = _decode(_object_decoder, body)
    return members


def encode(value: Any) -> bytes:
    """`value` as compact JSON in UTF-8. Raises ValueError for what JSON cannot hold."""
    try:
        return _encoder.encode(value)
    except (TypeError, UnicodeEncodeError, RecursionError) as error:
        raise ValueError(f"cannot be written as JSON: {error}") from None


def equal(one: Any, other: Any) -> bool:
    """Whether two decoded values are the same JSON. Unlike Python's, `true` is not 1 here."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pairs.extend((a[name], b[name]) for name in a)
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            pairs.extend(zip(a, b, strict=True))
        elif isinstance(a, bool) != isinstance(b, bool) or a != b:
            return False
    return True


def _decode(decoder: msgspec.json.Decoder[Any], body: bytes | Raw) -> Any:
    try:
        return decoder.decode(body)
    except _NO_JSON as error:
        raise _refusal(error) from None


def _refusal(error: Exception) -> ValueError:
    if isinstance(error, UnicodeDecodeError):
        return ValueError(f"not UTF-8: byte 0x{error.object[error.start]:02x}")
    if isinstance(error, RecursionError):
        return ValueError("the JSON is nested too deeply")
    # msgspec says of a lone surrogate, and of an empty body, that the input was cut short.
    text = str(error).split(" - at ")[0]
    if "truncated" in text:
        return ValueError("the JSON is cut short or holds a lone surrogate")
    if text.startswith("Expected `"):  # `array`, got `object`
        return ValueError(f"the JSON is no {text.split('`')[1]}")
    return ValueError(text)
