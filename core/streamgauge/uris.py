"""URIs and references to them, by the grammar of RFC 3986 appendix A."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = r"!$&'()*+,;="
_ESCAPE = "%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_ESCAPE})"
_URI_REFERENCE = re.compile(
    # A scheme; without one, no colon may stand in the first segment.
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*):|(?![^/?#]*:))"
    rf"(?://(?:(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_ESCAPE})*@)?"
    rf"(?:\[(?P<literal>[^\[\]/?#@]*)\]|(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_ESCAPE})*)"
    # Without an authority, no path starts with two slashes.
    r"(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_PCHAR}|/)*"
    rf"(?:\?(?:{_PCHAR}|[/?])*)?"
    rf"(?:#(?:{_PCHAR}|[/?])*)?",
    re.ASCII,
)
# What most producers send, told without the whole grammar: a plain path or https address.
_PLAIN = re.compile(rf"(?:https://)?(?!//)[{_UNRESERVED}/]*+", re.ASCII)
_IP_FUTURE = re.compile(rf"[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+", re.ASCII)


def is_uri_reference(text: str) -> bool:
    """Whether `text` is a URI or a reference relative to one; the empty text is one."""
    return _PLAIN.fullmatch(text) is not None or _matches(text) is not None


def is_uri(text: str) -> bool:
    """Whether `text` is a URI: it has a scheme. A fragment is allowed."""
    match = _matches(text)
    return match is not None and match["scheme"] is not None


def _matches(text: str) -> re.Match[str] | None:
    match = _URI_REFERENCE.fullmatch(text)
    if match is None:
        return None
    literal = match["literal"]
    if literal is not None and not _IP_FUTURE.fullmatch(literal):
        try:
            IPv6Address(literal)
        except ValueError:
            return None
        if "%" in literal:  # a zone, which RFC 3986 has not
            return None
    return match
