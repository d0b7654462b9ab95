"""A function behind a URL: a real HTTP server whose answers a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from streamgauge import Event, json_codec
from streamgauge.cdevents import in_cloudevent
from tests.helpers import a_deployment

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


@dataclass(frozen=True)
class Asked:
    """A request: its headers in lower case, its body, and the client's end of the connection."""

    headers: Mapping[str, str]
    body: bytes
    connection: Any
    handler: BaseHTTPRequestHandler = field(repr=False)

    @property
    def number(self) -> int:
        """Of an event of `an_event`, in structured mode."""
        found: int = json_codec.decode(self.body)["data"]["number"]
        return found


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Answering = Callable[[Asked], Reply | None]
"""None where the answer was written by hand, or is none."""


def deployed(asked: Asked) -> Reply:
    """What a function answers that takes every event for a deployment."""
    return Reply(200, STRUCTURED, in_cloudevent(a_deployment(asked.number)).state)


class FunctionServer:
    """Answers as `answering` says; `asked` is what it was asked so far."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self.host = f"127.0.0.1:{server.server_port}"
        self.url = f"http://{self.host}/f?x=1"
        self.answering: Answering = deployed
        self.asked: list[Asked] = []

    def answer_with(self, *replies: Reply) -> None:
        """These, one after the other, and no more."""
        left = list(replies)
        self.answering = lambda asked: left.pop(0)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[FunctionServer]:
        handler = type("Handler", (_Handler,), {})
        with _Server(("127.0.0.1", 0), handler) as server:
            function = handler.function = cls(server)
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield function
            finally:
                server.shutdown()
                thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may go away when it likes."""


class _Handler(BaseHTTPRequestHandler):
    function: ClassVar[FunctionServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(headers, body, self.client_address, self)
        self.function.asked.append(asked)
        reply = self.function.answering(asked)
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def in_binary(event: Event, body: bytes) -> Reply:
    """A message in binary mode."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/function",
        "ce-type": event.type,
        "Content-Type": "application/json",
    }
    return Reply(200, headers, body)
