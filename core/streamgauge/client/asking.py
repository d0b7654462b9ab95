"""Requests to a service: with the token, compressed, tried again, and the last answers kept."""

from __future__ import annotations

import gzip
import time
import zlib
from collections import OrderedDict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from streamgauge import __version__
from streamgauge.client.address import Address, authorization
from streamgauge.client.connection import Answered, Connection, Request
from streamgauge.client.problems import problem_of
from streamgauge.errors import ProblemAnswer, UnexpectedAnswer

_MOST_KEPT: Final = 32
_SHORTEST_PAUSE: Final = 0.1
_USUAL_PAUSE: Final = 1.0
"""Where a proxy that is too busy does not say."""


class Asking:
    """Raises ServiceUnreachable, ProblemAnswer, and UnexpectedAnswer for what cannot be read."""

    def __init__(self, url: str, token: str | None, *, timeout: float, patience: float) -> None:
        self.address = Address.parse(url)
        self._always = {
            "User-Agent": f"streamgauge/{__version__}",
            "Accept-Encoding": "gzip",
            **authorization(token),
        }
        self._patience = patience
        self._connection = Connection(self.address, timeout)
        self._kept: OrderedDict[tuple[str, str], tuple[str, bytes]] = OrderedDict()

    def get(self, path: str, accept: str) -> bytes:
        """The body of the answer; the one that is kept, where it is still the answer."""
        asked = path, accept
        kept = self._kept.get(asked)
        unless = {} if kept is None else {"If-None-Match": kept[0]}
        answer = self._ask(Request("GET", path, {**self._always, "Accept": accept, **unless}))
        if answer.status == HTTPStatus.NOT_MODIFIED and kept is not None:
            self._kept.move_to_end(asked)
            return kept[1]
        self._refuse_failure("GET", path, answer)
        self._keep(asked, answer)
        return answer.body

    def post(
        self, path: str, body: bytes, media_type: str, *, repeatable: bool = False
    ) -> Answered:
        """The answer, which is a success."""
        headers = {**self._always, "Content-Type": media_type, "Accept": "application/json"}
        answer = self._ask(Request("POST", path, headers, body, repeatable))
        self._refuse_failure("POST", path, answer)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, request: Request) -> Answered:
        end = time.monotonic() + self._patience
        while True:
            answer = self._connection.ask(request)
            pause = pause_of(answer)
            if pause is None or time.monotonic() + pause > end:
                return self._unpacked(request, answer)
            time.sleep(max(pause, _SHORTEST_PAUSE))

    def _refuse_failure(self, method: str, path: str, answer: Answered) -> None:
        if answer.status not in range(200, 300):
            place = f"{method} {self.address}{path.partition('?')[0]}"
            raise ProblemAnswer(problem_of(place, answer), retry_after=pause_of(answer))

    def _keep(self, asked: tuple[str, str], answer: Answered) -> None:
        etag = answer.headers.get("etag")
        if etag is None:
            self._kept.pop(asked, None)
            return
        self._kept[asked] = etag, answer.body
        self._kept.move_to_end(asked)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _unpacked(self, request: Request, answer: Answered) -> Answered:
        if answer.headers.get("content-encoding") != "gzip":
            return answer
        try:
            return Answered(answer.status, answer.headers, gzip.decompress(answer.body))
        except (OSError, EOFError, zlib.error):
            raise UnexpectedAnswer(
                f"{self.address}{request.path}", "says that it is compressed, and is not"
            ) from None


def pause_of(answer: Answered) -> float | None:
    """Seconds after which to ask again; None where that would change nothing."""
    if answer.status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return _USUAL_PAUSE
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
