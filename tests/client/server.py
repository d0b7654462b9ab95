"""A small server that answers what it is told to, for what a service does seldom."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"items": []}'
    closes: bool = False
    """The connection is closed after it, without a word about that."""
    silent: bool = False
    """It is closed instead of it."""


@dataclass
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: tuple[str, int]


class Server:
    """It gives the replies in their order, and the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        self.seen: list[Seen] = []
        self._replies = list(replies)
        self._lock = threading.Lock()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.http.daemon_threads = False
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def take(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                seen = {name.lower(): value for name, value in self.headers.items()}
                reply = outer.take(Seen(self.command, self.path, seen, body, self.client_address))
                self.close_connection = reply.closes or reply.silent
                if reply.silent:
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def serving(*replies: Reply) -> Iterator[Server]:
    server = Server(*replies)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()
