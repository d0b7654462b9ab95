"""A request as it reaches the application, the call itself, and the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any
from urllib.parse import unquote_to_bytes

from streamgauge_http.server.body import ASGIApp, Message

ANSWER_SECONDS = 60.0


@dataclass(slots=True)
class Request:
    """One request. `chunks` are the pieces of its body; it ends early where it is not `whole`."""

    number: int
    kind: str
    """What it was before it was mutated, ``binary``."""
    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]
    whole: bool = True

    def scope(self) -> dict[str, Any]:
        """The ASGI scope, as the server makes it."""
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": unquote_to_bytes(self.path).decode("utf-8", "replace"),
            "raw_path": self.path,
            "query_string": self.query,
            "root_path": "",
            "headers": self.headers,
            # Everybody sends once: rates are met by origin, where the request names one.
            "client": (str(IPv4Address(0x0A000000 + self.number % 0x1000000)), 40_000),
            "server": ("127.0.0.1", 8080),
        }


@dataclass(slots=True)
class Answer:
    """What came back; status 0 where nothing did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    escaped: str | None = None
    """The exception that left the application, where one did."""
    held: float = 0.0
    """For how long it held the process, at most, so that no other request could be served; in
    seconds of the processor."""


async def call(app: ASGIApp, request: Request) -> Answer:
    """Send the request and wait for the answer."""
    answer = Answer()
    waiting: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in request.chunks
    ]
    if request.whole:
        waiting.append({"type": "http.request", "body": b"", "more_body": False})
        if len(waiting) > 1 and request.number % 2:  # the other way to say that it was the last
            waiting.pop()
            waiting[-1]["more_body"] = False
    waiting.reverse()

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in message["headers"]
            }
        else:
            answer.body += message.get("body", b"")

    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await _Timed(app(request.scope(), receive, send), answer)
    except Exception as error:
        answer.escaped = f"{type(error).__name__}: {error}"
    return answer


class _Timed:
    """Awaits the coroutine and notes the longest stretch between two of its pauses."""

    def __init__(self, coroutine: Any, answer: Answer) -> None:
        self._coroutine: Coroutine[Any, Any, None] = coroutine
        self._answer = answer

    def __await__(self) -> Generator[Any, Any, None]:
        thrown: BaseException | None = None
        while True:
            start = time.thread_time()
            try:
                awaited = (
                    self._coroutine.send(None) if thrown is None else self._coroutine.throw(thrown)
                )
            except StopIteration:
                return
            finally:
                self._answer.held = max(self._answer.held, time.thread_time() - start)
            thrown = None
            try:
                yield awaited
            except BaseException as error:  # a timeout, which is for the coroutine to meet
                thrown = error


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    """The application between its start and its end, as a server has it."""
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[str] = asyncio.Queue()

    async def send(message: Message) -> None:
        await said.put(message["type"])

    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    running = asyncio.create_task(_run(app, scope, told, send))
    for word in ("startup", "shutdown"):
        await told.put({"type": f"lifespan.{word}"})
        answer = await said.get()
        if answer != f"lifespan.{word}.complete":
            raise RuntimeError(f"the application answers {answer}")
        if word == "startup":
            yield
    await running


async def _run(app: ASGIApp, scope: Any, told: asyncio.Queue[Message], send: Any) -> None:
    await app(scope, told.get, send)
