"""What traces are sent to: a collector that keeps what it gets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it came."""

    name: str
    trace: str
    span: str
    parent: str
    links: tuple[str, ...]
    """The traces that it is linked to."""
    attributes: dict[str, Any]
    role: str
    failed: bool


@dataclass
class Collector:
    """The spans that have come so far."""

    url: str
    spans: list[Seen] = field(default_factory=list)

    def of(self, trace: str) -> dict[str, Seen]:
        return {each.name: each for each in list(self.spans) if each.trace == trace}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Collector]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/v1/traces":
                    collector.spans += _read(body)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *said: Any) -> None: ...

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            collector = cls(f"http://127.0.0.1:{server.server_port}")
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield collector
            finally:
                server.shutdown()
                thread.join()


def _read(body: bytes) -> list[Seen]:
    request = ExportTraceServiceRequest.FromString(body)
    found = []
    for resource in request.resource_spans:
        told = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            found += [
                Seen(
                    span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(),
                    tuple(link.trace_id.hex() for link in span.links),
                    _attributes(span.attributes), told["streamgauge.role"], span.status.code == 2,
                )
                for span in scope.spans
            ]  # fmt: skip
    return found


def _attributes(given: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in given}
