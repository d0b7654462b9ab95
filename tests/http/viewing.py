"""A viewer of the live feed: a client that reads server-sent events as a browser does."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.service import PATIENCE_SECONDS, Service


@dataclass
class Seen:
    """One event as a browser hands it over."""

    id: str
    event: str
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Viewing:
    """One connection. `last_id` is what would be sent as Last-Event-ID after it."""

    def __init__(
        self,
        service: Service,
        log: str = "cloudevents",
        *,
        last_id: str | None = None,
        buffer: int | None = None,
        token: str | None = None,
        **parameters: Any,
    ) -> None:
        """`buffer`: how many bytes the kernel is to take for it."""
        self.last_id = last_id or ""
        self.connection = http.client.HTTPConnection("127.0.0.1", service.port)
        self.connection.sock = socket.socket()
        self.connection.sock.settimeout(PATIENCE_SECONDS)
        if buffer is not None:
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.connection.sock.connect(("127.0.0.1", service.port))
        given = {"last-event-id": last_id, "authorization": token and f"Bearer {token}"}
        headers: Mapping[str, str] = {name: value for name, value in given.items() if value}
        query = urlencode({"log": log, **parameters}, doseq=True)
        self.connection.request("GET", f"/v1/live?{query}", headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()

    def lines(self) -> Iterator[str]:
        """Until the end, an orderly one or not."""
        with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
            while line := self.response.readline():
                yield line.decode()

    def blocks(self) -> Iterator[tuple[str, list[str]]]:
        """What stands between two empty lines: the event that it is, if any, and its lines."""
        block: list[str] = []
        for line in self.lines():
            if line != "\n":
                block.append(line.removesuffix("\n"))
                continue
            found = dict(text.split(": ", 1) for text in block if not text.startswith(":"))
            self.last_id = found.get("id", self.last_id)
            yield found.get("event", ""), block
            block = []

    def __iter__(self) -> Iterator[Seen]:
        for event, block in self.blocks():
            data = [text.removeprefix("data: ") for text in block if text.startswith("data: ")]
            if data:
                yield Seen(self.last_id, event, "\n".join(data))

    def take(self, count: int) -> list[Seen]:
        """The next so many events."""
        seen = iter(self)
        return [next(seen) for _ in range(count)]

    def close(self) -> None:
        self.response.close()
        self.connection.close()

    def __enter__(self) -> Viewing:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def positions(seen: list[Seen]) -> list[int]:
    """Of the events; each says it twice."""
    found = [one.json["position"] for one in seen]
    assert [int(one.id) for one in seen] == found
    return found
