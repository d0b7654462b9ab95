"""The bound of the HTTP measures: the leanest server that makes the same promise.

It answers 202 when what it was sent is on disk, and does nothing else: it reads no header but
Content-Length, checks no event, knows no id, and writes the bytes as they came into a table with
the columns and indexes of the log. Requests that wait share a transaction, as in the service.

A process of its own: ``python -m streamgauge_bench.http_bound URL`` on a port that it says.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import cast
from uuid import UUID

import psycopg
import uvloop

from streamgauge import json_codec

TABLE = """
create table if not exists bound (like cloudevents_events including all);
create sequence if not exists bound_position;
alter table bound alter notification_id set default nextval('bound_position')
"""
_INSERT = """
insert into bound (tenant, originator_id, originator_version, topic, state)
select 'default', key, 1, 'bound', state from unnest(%b::uuid[], %b::bytea[]) as row(key, state)
"""
_ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_LENGTH = b"Content-Length: "


class _Server:
    """Writes for all connections, one transaction after the other."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(TABLE)
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []
        self._arrived = asyncio.Event()

    def add(self, transport: asyncio.Transport, body: bytes) -> None:
        self._waiting.append((transport, body))
        self._arrived.set()

    async def write(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            written, self._waiting = self._waiting, []
            await asyncio.to_thread(self._insert, [body for _, body in written])
            for transport, _ in written:
                transport.write(_ANSWER)

    def _insert(self, bodies: list[bytes]) -> None:
        states: list[bytes] = []
        for body in bodies:
            states += json_codec.split_array(body) if body[:1] == b"[" else [body]
        keys = [UUID(bytes=os.urandom(16)) for _ in states]
        self._connection.execute(_INSERT, (keys, states))


class _Connection(asyncio.Protocol):
    def __init__(self, server: _Server) -> None:
        self._server = server
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        at = self._received.index(_LENGTH) + len(_LENGTH)
        size = int(self._received[at : self._received.index(b"\r", at)])
        if len(self._received) == end + size:
            self._server.add(self._transport, self._received[end:])
            self._received = b""


async def _serve(url: str) -> None:
    server = _Server(url)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    print(f"listening on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    await server.write()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
