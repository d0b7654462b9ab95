"""Sends requests over a few connections at once, and keeps each lane in its order."""

from __future__ import annotations

import heapq
import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType

from streamgauge_demo.errors import DemoFailed
from streamgauge_demo.requests import Request

CONNECTIONS = 8
TIMEOUT_SECONDS = 30.0
AHEAD = timedelta(days=1)
"""By how much one connection may be ahead of another in what it tells."""
_NEVER = datetime.max.replace(tzinfo=UTC)
PATIENCE_SECONDS = 60.0
"""For how long one request is tried again while the service cannot take it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """How many events the service took."""

    new: int
    known: int
    """Those that it had already, and did not count again."""


class Connection:
    """One connection that is kept open, and opened again when it was lost."""

    def __init__(self, host: str, port: int) -> None:
        self._http = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its answer. Raises OSError where there is none."""
        try:
            self._http.request(method, path, body, dict(headers or {}))
            response = self._http.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        except (OSError, http.client.HTTPException) as error:
            self._http.close()  # the next request opens it again
            if isinstance(error, OSError):
                raise
            raise ConnectionError(f"{type(error).__name__}: {error}") from error

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()


class _Sending:
    """Requests on their way."""

    def __init__(
        self, host: str, port: int, requests: Iterable[Request], *, patience: float
    ) -> None:
        self._address = host, port
        self._patience = patience
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._done = 0
        self._counts: Counter[str] = Counter()
        self._failure: Exception | None = None
        shares = share_out(requests, CONNECTIONS)
        self._moved = threading.Condition()
        self._at = [share[0].at if share else _NEVER for share in shares]
        """What each connection tells of next."""
        self._threads = [
            threading.Thread(target=self._work, args=(place, share), daemon=True)
            for place, share in enumerate(shares)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, progress: Callable[[int], None]) -> Sent:
        """Until all are sent; `progress` is told how many are. Raises DemoFailed."""
        try:
            for thread in self._threads:
                while thread.is_alive():
                    thread.join(0.1)
                    progress(self._done)
            progress(self._done)
        finally:
            self._end()  # after Ctrl-C too
        if self._failure is not None:
            raise self._failure
        return Sent(self._counts["new"], self._counts["known"])

    def _work(self, place: int, requests: Sequence[Request]) -> None:
        try:
            with Connection(*self._address) as connection:
                for request in requests:
                    self._in_step(place, request.at)
                    if self._stop.is_set():
                        return
                    self._count(_send(connection, request, self._patience, self._stop))
            self._in_step(place, _NEVER)
        except Exception as error:
            self._failure = self._failure or error
            self._end()

    def _in_step(self, place: int, at: datetime) -> None:
        """Say what this connection tells of next, and let those that are far behind catch up."""
        with self._moved:
            last = min(self._at)
            self._at[place] = at
            if min(self._at) > last:  # which is all that anybody waits for
                self._moved.notify_all()
            if at is not _NEVER:
                self._moved.wait_for(lambda: self._stop.is_set() or at - min(self._at) <= AHEAD)

    def _end(self) -> None:
        self._stop.set()
        with self._moved:
            self._moved.notify_all()

    def _count(self, answer: Answer) -> None:
        with self._lock:
            self._done += 1
            self._counts["new"] += int(answer.headers.get("streamgauge-accepted", "0"))
            self._counts["known"] += int(answer.headers.get("streamgauge-duplicates", "0"))


def send(
    host: str,
    port: int,
    requests: Iterable[Request],
    progress: Callable[[int], None],
    *,
    patience: float = PATIENCE_SECONDS,
) -> Sent:
    """Send all; `progress` is told now and then how many are done. Raises DemoFailed."""
    return _Sending(host, port, requests, patience=patience).wait(progress)


def share_out(requests: Iterable[Request], shares: int) -> list[list[Request]]:
    """Divide whole lanes into shares of about the same size, each in the order of time."""
    lanes: dict[str, list[Request]] = {}
    for request in requests:
        lanes.setdefault(request.lane, []).append(request)
    found: list[list[Request]] = [[] for _ in range(shares)]
    smallest = [(0, place) for place in range(shares)]
    for lane in sorted(lanes.values(), key=len, reverse=True):
        size, place = heapq.heappop(smallest)
        found[place] += lane
        heapq.heappush(smallest, (size + len(lane), place))
    # sorted() is stable: what has one time stays in the order in which it was told.
    return [sorted(share, key=lambda request: request.at) for share in found]


def _send(
    connection: Connection, request: Request, patience: float, stop: threading.Event
) -> Answer:
    """Until it is taken. It may have been, and the answer lost: then it is a duplicate now."""
    end = time.monotonic() + patience
    while True:
        trouble, pause = "", 0.2
        try:
            answer = connection.ask("POST", request.path, request.body, request.headers)
        except OSError as error:
            trouble = f"the connection failed: {error}"
        else:
            if answer.status == HTTPStatus.ACCEPTED:
                return answer
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                raise DemoFailed(_refusal(request, answer))
            trouble, pause = _text(answer), _retry_after(answer)
        if time.monotonic() + pause > end or stop.wait(pause):
            raise DemoFailed(f"POST {request.path} was tried for {patience:.0f} s: {trouble}")


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else 1.0


def _refusal(request: Request, answer: Answer) -> str:
    text = f"POST {request.path} was answered with {answer.status}: {_text(answer)}"
    if answer.status == HTTPStatus.CONFLICT:
        text += (
            ". The demo's database holds the events of another version of Streamgauge; for a fresh "
            "one set STREAMGAUGE_DATA_DIR to a new folder"
        )
    return text


def _text(answer: Answer) -> str:
    return answer.body[:500].decode("utf-8", "replace")
