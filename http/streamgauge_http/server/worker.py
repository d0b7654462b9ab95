"""gunicorn's asgi worker with our protocol, and an end that loses no request."""

from __future__ import annotations

import asyncio
import os
import queue
import signal
import sys
from typing import Any

from gunicorn.workers import gasgi

from streamgauge_http.server.protocol import Protocol

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn ships no types
    """One process that serves the application. See the overridden methods for the differences."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocols: set[Protocol] = set()
        """The open connections; each adds and removes itself."""

    def init_signals(self) -> None:
        """Changed: until the loop runs, a signal ends the process at once. No request is lost by
        that, where a handler that is set before (gunicorn's) may never be called.
        """
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    async def _serve(self) -> None:
        super().init_signals()
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


def leave_if_told_already(arbiter: Any, worker: Worker) -> None:
    """gunicorn's `post_fork` hook: a new worker must not miss the signal that tells it to end.

    A worker starts with a copy of its arbiter's signal handlers, which only put the signal into a
    queue that nobody reads in this process. gunicorn replaces them a good while later; a SIGTERM
    in between is lost, and the arbiter waits for the worker until `graceful_timeout` is over.
    """
    worker.init_signals()
    try:
        while True:
            if arbiter.SIG_QUEUE.get_nowait() in _ENDING:
                sys.exit(0)
    except queue.Empty:
        pass
