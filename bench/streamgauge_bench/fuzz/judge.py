"""What is wrong with an answer; the reasons name what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from streamgauge_bench.fuzz.wire import Answer, Request
from streamgauge_http import problems
from streamgauge_http.server.problems import MEDIA_TYPE

KNOWN: dict[str, int] = {
    **{
        slug: status
        for slug, status, _ in problems.KINDS.values()
        if status < 500 and slug != "already-handled"  # of dead letters
    },
    "conflict": 409,
    "method-not-allowed": 405,
    "malformed-request": 400,
}
"""The problems that the answer to a delivery may be, with the status of each."""

_LEAKS = re.compile(
    rb"Traceback|File \\?\"|streamgauge_|streamgauge\.[a-z]|msgspec|psycopg|falcon|asyncio"
    rb"|\b[A-Z]\w*(?:Error|Exception)\b| object at 0x"
)
LONGEST_HELD = 2.0
"""Seconds of the processor that one request may take at a stretch; all are of some kilobytes."""

_ADMITTED = {"GET": (200,), "HEAD": (200,), "OPTIONS": (204,), "POST": (202,)}
_QUERIES = (b"/v1/", b"/deploy-frequency/")


def faults(request: Request, answer: Answer, secrets: Sequence[str]) -> Iterator[str]:
    """Why the answer is not one that this request may have; nothing where it is."""
    if answer.escaped is not None:
        yield f"an exception left the application: {answer.escaped}"
        return
    if answer.status >= 500 or answer.status < 200:
        yield f"the status is {answer.status}: {answer.body[:300]!r}"
    if answer.held > LONGEST_HELD:
        yield f"it held the process for {answer.held:.1f} s"
    said = answer.body + json.dumps(answer.headers).encode()
    if any(secret.encode() in said for secret in secrets):
        yield "a token or a secret of the settings is in the answer"
    if answer.status >= 400:
        yield from _refused(request, answer)
    elif answer.status not in _admitted(request):
        yield f"{request.method} is answered with {answer.status}"
    elif answer.status == 202:
        yield from _recorded(answer)


def problem_of(answer: Answer) -> dict[str, Any]:
    """The problem's document; empty where the body is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def slug_of(answer: Answer) -> str:
    """The problem's kind, ``invalid-cloudevent``."""
    return str(problem_of(answer).get("type", "")).removeprefix("/problems/")


def accepted(answer: Answer) -> int:
    """How many events the answer says are recorded by this request."""
    given = answer.headers.get("streamgauge-accepted", "0")
    return int(given) if given.isdigit() else 0


def _admitted(request: Request) -> Sequence[int]:
    """The statuses of success. Where nothing is delivered, OPTIONS is no handshake."""
    if request.method == "OPTIONS" and request.path.startswith(_QUERIES):
        return (200,)
    return _ADMITTED.get(request.method, ())


def _recorded(answer: Answer) -> Iterator[str]:
    if answer.body:
        yield "202 has a body"
    for name in ("streamgauge-accepted", "streamgauge-duplicates"):
        if not answer.headers.get(name, "").isdigit():
            yield f"202 has no {name} that counts"


def _refused(request: Request, answer: Answer) -> Iterator[str]:
    if leak := _LEAKS.search(answer.body):
        yield f"the answer shows {leak[0].decode()!r}"
    if answer.headers.get("content-type") != MEDIA_TYPE:
        yield f"a problem of the type {answer.headers.get('content-type')!r}"
    if request.method == "HEAD":
        return
    problem = problem_of(answer)
    slug = slug_of(answer)
    if not problem:
        yield "the body of a problem is no JSON object"
    elif problem.get("type") != f"/problems/{slug}" or slug not in KNOWN:
        yield f"the problem {problem.get('type')!r} is not a known one"
    elif not answer.status == problem.get("status") == KNOWN[slug]:
        yield f"{slug} with the status {answer.status}, in the body {problem.get('status')!r}"
    for name in ("title", "detail"):
        if problem and not (isinstance(problem.get(name), str) and problem[name]):
            yield f"the problem has no {name}"
    if slug == "conflict" and problem.get("accepted") != accepted(answer):
        yield "the conflict counts otherwise than its headers"
    if slug != "conflict" and "streamgauge-accepted" in answer.headers:
        yield "what is refused says that something was recorded"
    if request.method == "OPTIONS" and answer.status not in (400, 404, 405):
        yield f"OPTIONS is answered with {answer.status}"
