"""gunicorn's asgi worker with our protocol, and an end that loses no request."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from gunicorn.workers import gasgi

from streamgauge_http.server.protocol import Protocol


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn ships no types
    """One process that serves the application. See the overridden methods for the differences."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocols: set[Protocol] = set()
        """The open connections; each adds and removes itself."""

    async def _serve(self) -> None:
        # gunicorn names its protocol class in the middle of this method and has no hook for
        # another one. This process runs nothing else, so the name itself is changed.
        gasgi.ASGIProtocol = Protocol
        await super()._serve()

    async def _shutdown(self) -> None:
        # Without its arbiter a worker must not hold on to the port: nothing waits for it, and
        # nothing could stop it.
        if os.getppid() != self.ppid:
            self._quick_shutdown = True
        self.alive = False
        for server in self.servers:
            server.close()
        # A connection that the loop has just accepted is counted a few turns later; gunicorn may
        # look before that, see none, and drop it.
        await asyncio.sleep(0.05)
        for protocol in tuple(self.protocols):
            protocol.worker_stops()
        await super()._shutdown()
