"""Mutations of a request: of its JSON, of its bytes, of its headers, and of the way it comes."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from random import Random
from urllib.parse import quote_from_bytes

from streamgauge_bench.fuzz import extremes
from streamgauge_bench.fuzz.seeds import Draft
from streamgauge_bench.fuzz.tree import Members, Place, places, put, value_at

SECRET_HEADERS = (b"authorization",)
"""Left alone: a token must not become an attribute, which would rightly be shown again."""

_METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST", "TRACE", "BREW", "post")
_HEADER_NAMES = (
    b"ce-", b"ce-a-b", b"ce-data", b"ce-data_base64", b"ce-datacontenttype", b"ce-x", b"ce-id",
    b"ce-specversion", b"ce-time", b"ce-dataschema", b"ce-subject", b"ce-a-", b"ce-a", b"ce--",
    b"content-encoding", b"content-type", b"webhook-request-origin", b"webhook-request-rate",
    b"x-forwarded-for", b"expect", b"accept", b"host", b"x-github-event", b"x-github-delivery",
    b"x-hub-signature", b"ce-comexample", b"ce-" + b"x" * 300, b"cookie", b"forwarded", b"range",
)  # fmt: skip
_VALUES = (
    b"", b"%", b"%4", b"%zz", b"%41", b"%00", b"%0A", b"%1F", b"%7F", b"%C3%A9", b"%C3", b"%ff",
    b"%ED%A0%80", b"%EF%BF%BF", b"%F0%9F%98%80", b"%25%34%31", b"%e2%82%ac", b'"quoted"', b'"',
    b'"a\\"b"', b'"a\\', b'""', b'"\\%41"', b"\xe9", b"\xff", b"\xc3\xa9", b"a\tb", b"\x01",
    b"\x7f", b"a, b", b"1.0", b"0.3", b"2.0", b"x" * 300, b"x" * 9000, b"%41" * 500, b"*", b"gzip",
    b"identity", b"IDENTITY", b"100-continue", b"0", b"-1", b"1e5", b"9" * 200, b"bearer x",
    b"limited.example", b"not-allowed.org", b"a.example.com", b".", b"a..b",
)  # fmt: skip
_LENGTHS = (
    b"0",
    b"1",
    b"-1",
    b"+1",
    b"1_0",
    b"",
    b"abc",
    b"1.5",
    b"9" * 30,
    b"999999",
    b"9" * 5000,
)
_SUFFIXES = (
    b"/",
    b"//",
    b"%2F",
    b"%00",
    b"%ff",
    b"/x",
    b"%3F",
    b"%C3%A9",
    b";a=b",
    b"." * 300,
    b"%",
)
_QUERIES = (
    b"a=b", b"%", b"%ff", b"a=%00", b"=", b"&&", b"a=1&a=2", b"access_token=wrong-token-of-16",
    b"access_token=", b"access_token=a&access_token=b", b"limit=0", b"limit=x&cursor=-1",
    b"order=up", b"cursor=9223372036854775808", b"interval=%C3%A9", b"from=now&to=never",
    b"x" * 3000, b"limit=" + b"9" * 5000, b"from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z",
    b"group_by=a",
)  # fmt: skip


def in_tree(draft: Draft, rng: Random) -> None:
    """One change of the JSON in the body; a blind one of the bytes where there is none."""
    found = list(places([draft.tree])) if draft.tree is not None else []
    if not found:
        in_bytes(draft, rng)
        return
    # The upper members are what the rules are about.
    place = found[min(rng.randrange(len(found)), rng.randrange(len(found)))]
    if place.container == [draft.tree]:
        draft.tree = extremes.value(rng)
        return
    _IN_TREE[rng.randrange(len(_IN_TREE))](place, rng)


def _replace(place: Place, rng: Random) -> None:
    put(place, extremes.value(rng))


def _fit(place: Place, rng: Random) -> None:
    name = place.container[place.at][0] if isinstance(place.container, Members) else None
    put(place, extremes.fitting(rng, name))


def _drop(place: Place, rng: Random) -> None:
    del place.container[place.at]


def _double(place: Place, rng: Random) -> None:
    """The same name twice, the second time with the same value or another."""
    container = place.container
    item = container[place.at]
    container.insert(rng.randrange(len(container) + 1), item)
    if rng.random() < 0.5:
        put(Place(container, rng.randrange(len(container))), extremes.value(rng))


def _rename(place: Place, rng: Random) -> None:
    if isinstance(place.container, Members):
        value = value_at(place)
        place.container[place.at] = (rng.choice(extremes.NAMES), value)


def _add(place: Place, rng: Random) -> None:
    if isinstance(place.container, Members):
        name = rng.choice(extremes.NAMES)
        odd = extremes.fitting if rng.random() < 0.5 else lambda rng, name: extremes.value(rng)
        place.container.insert(place.at, (name, odd(rng, name)))
    else:
        place.container.insert(place.at, extremes.value(rng))


def _move(place: Place, rng: Random) -> None:
    put(place, value_at(Place(place.container, rng.randrange(len(place.container)))))


_IN_TREE: Sequence[Callable[[Place, Random], None]] = (
    _replace, _fit, _fit, _drop, _double, _rename, _add, _move,
)  # fmt: skip


def in_bytes(draft: Draft, rng: Random) -> None:
    """A blind change of the written body, noted to be made once it is."""
    draft.blind.append(rng.randrange(2**32))


def blindly(body: bytes, rng: Random) -> bytes:
    """The body with some bytes of it changed."""
    at = rng.randrange(len(body) + 1)
    upto = min(len(body), at + rng.choice((1, 1, 2, 8, 100)))
    match rng.randrange(8):
        case 0:
            return body[:at] + bytes(b ^ 1 << rng.randrange(8) for b in body[at:upto]) + body[upto:]
        case 1:
            return body[:at] + rng.randbytes(rng.choice((1, 1, 3, 50))) + body[at:]
        case 2:
            return body[:at] + body[upto:]
        case 3:
            return body[:at] + body[at:upto] * 2 + body[upto:]
        case 4:
            return body[:at]
        case 5:
            codec = rng.choice(("utf-16", "utf-16-le", "utf-32-be", "utf-8-sig", "utf-7"))
            return body.decode("utf-8", "replace").encode(codec, "replace")
        case 6:
            mark = rng.choice((codecs.BOM_UTF8, b" ", b"\n", b"\x00", b"\x1e", b",", body))
            return mark + body if rng.random() < 0.5 else body + mark
        case _:
            return (
                body[:at]
                + rng.choice((b"\x00", b"\\", b'"', b"\xff", b"{", b"]", b"\r\n"))
                + body[at:]
            )


def in_headers(draft: Draft, rng: Random) -> None:
    """One header dropped, doubled, renamed, added, or given another value."""
    headers = draft.headers
    open_to_it = [n for n, (name, _) in enumerate(headers) if name not in SECRET_HEADERS]
    choice = rng.randrange(6)
    if choice == 0 or not open_to_it:
        name = rng.choice(_HEADER_NAMES)
        headers.insert(rng.randrange(len(headers) + 1), (name, _header_value(rng, name)))
        return
    at = rng.choice(open_to_it)
    name, value = headers[at]
    if choice == 1:
        del headers[at]
    elif choice == 2:
        headers.append((name, value if rng.random() < 0.5 else _header_value(rng, name)))
    elif choice == 3:
        headers[at] = (rng.choice(_HEADER_NAMES), value)
    else:
        headers[at] = (name, _header_value(rng, name))


def _header_value(rng: Random, name: bytes) -> bytes:
    """An odd value: of the header's kind, or of any."""
    if name == b"content-type" and rng.random() < 0.7:
        return _sendable(rng.choice(extremes.MEDIA_TYPES))
    if name.startswith(b"ce-") and rng.random() < 0.4:
        text = extremes.fitting(rng, name[3:].decode())
        raw = bytes(text) if isinstance(text, bytes) else str(text).encode()
        return quote_from_bytes(raw, safe="/:?#[]@!$&'()*+,;= ").encode()
    return rng.choice(_VALUES)


def _sendable(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def in_delivery(draft: Draft, rng: Random) -> None:
    """The method, the path, the query, the declared length, or an end before the end."""
    match rng.randrange(9):
        case 0:
            draft.method = rng.choice(_METHODS)
        case 1:
            draft.path += rng.choice(_SUFFIXES)
        case 2:
            draft.path = rng.choice((b"/", b"/cloudevents", b"/cdevents", b"/webhooks/github"))
        case 3 | 4:
            draft.query = b"&".join(filter(None, (draft.query, rng.choice(_QUERIES))))
        case 5:
            draft.length = rng.choice(_LENGTHS)
        case 6:
            draft.length_off = rng.choice((-1, 1, -10, 10, 100_000))
        case _:
            draft.whole = rng.random() < 0.5


MUTATIONS: Sequence[Callable[[Draft, Random], None]] = (
    in_tree, in_bytes, in_headers, in_delivery,
)  # fmt: skip
WEIGHTS = (50, 8, 28, 14)
