"""The n-th request of a seed: a valid one, with one or more mutations."""

from __future__ import annotations

import hashlib
import hmac
from random import Random

from streamgauge_bench.fuzz import mutate, seeds
from streamgauge_bench.fuzz.seeds import Draft, Headers
from streamgauge_bench.fuzz.tree import render
from streamgauge_bench.fuzz.wire import Request

SECRET = "the-secret-of-github-webhooks"  # noqa: S105 - of a database that is thrown away
TOKEN = "a-token-that-may-deliver-0001"  # noqa: S105
BUSY = b"busy.example"
"""The origin that delivers more often than it may."""


def request(seed: int, number: int) -> Request:
    """Always the same one for the same seed and number."""
    rng = Random(f"{seed}/{number}")
    draft = seeds.draft(rng, number)
    _show_token(draft, rng)
    _name_origin(draft, rng, number)
    times = rng.choices((0, 1, 2, 3, 5, 8), (8, 52, 22, 10, 6, 2))[0]
    for change in rng.choices(mutate.MUTATIONS, mutate.WEIGHTS, k=times):
        if draft.kind == "query":  # it has no body, and all it says is in its path and query
            change = mutate.in_delivery
        change(draft, rng)
    body = _body(draft)
    if draft.signed and rng.random() < 0.9:
        draft.headers.append((b"x-hub-signature-256", _signature(body, rng)))
    return Request(
        number=number,
        kind=draft.kind,
        method=draft.method,
        path=draft.path,
        query=draft.query,
        headers=_with_length(draft, body, rng),
        chunks=_chunks(body, rng),
        whole=draft.whole,
    )


def _show_token(draft: Draft, rng: Random) -> None:
    if draft.method == "OPTIONS":
        return
    choice = rng.randrange(40)
    if choice < 34:
        draft.headers.append((b"authorization", f"Bearer {TOKEN}".encode()))
    elif choice < 36:
        draft.query = f"access_token={TOKEN}".encode()
    elif choice < 38:
        wrong = rng.choice((b"Bearer wrong", b"Bearer", b"Basic eDp5", b"bearer \xff", b""))
        draft.headers.append((b"authorization", wrong))


def _name_origin(draft: Draft, rng: Random, number: int) -> None:
    if draft.method == "OPTIONS" or rng.random() < 0.5:
        return
    origin = BUSY if rng.random() < 0.02 else f"o{number}.example.com".encode()
    draft.headers.append((b"webhook-request-origin", origin))


def _body(draft: Draft) -> bytes:
    body = draft.body if draft.tree is None else render(draft.tree)
    for blind in draft.blind:
        body = mutate.blindly(body, Random(blind))
    return seeds.as_form(body) if draft.form else body


def _signature(body: bytes, rng: Random) -> bytes:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    choice = rng.randrange(20)
    if choice == 0:
        return b"sha256=" + digest[::-1].encode()
    if choice == 1:
        return rng.choice((b"", b"sha1=00", b"sha256=", b"sha256=\xff", digest.encode()))
    return b"sha256=" + digest.encode()


def _with_length(draft: Draft, body: bytes, rng: Random) -> Headers:
    """Most say how long they are; a chunked one does not."""
    if draft.length is None and draft.length_off == 0 and rng.random() < 0.3:
        return draft.headers
    length = draft.length or str(max(0, len(body) + draft.length_off)).encode()
    return [*draft.headers, (b"content-length", length)]


def _chunks(body: bytes, rng: Random) -> list[bytes]:
    pieces = rng.choices((1, 2, 5), (7, 2, 1))[0]
    if pieces == 1 or len(body) < pieces:
        return [body]
    size = len(body) // pieces + 1
    return [body[start : start + size] for start in range(0, len(body), size)]
