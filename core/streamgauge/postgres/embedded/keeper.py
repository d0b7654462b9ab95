"""The keeper: a small process that owns postgres for as long as anybody needs it.

It is started by `EmbeddedPostgres.acquire` as `python -m streamgauge.postgres.embedded.keeper`
with a connected socket, the lock on the data folder and a `Plan`. A user is a connection to
`keeper.sock`. The keeper writes lines of JSON to it, `{"say": ...}`, `{"error": ...}` or
`{"ready": ...}`, reads nothing, and takes the end of the connection for the end of the user. It
closes its own end when there is nothing left to wait for: postgres is stopped, or others use it.

Starting and stopping happen under the lock of the data folder, and who joins holds it while
connecting. So nobody can join a keeper that has decided to stop.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded.log import limit_log, note
from streamgauge.postgres.embedded.places import (
    KEEPER_SOCKET_NAME,
    remove_socket_folder,
    take_lock,
)
from streamgauge.postgres.embedded.server import Plan, Server

LOG_CHECK_SECONDS = 60.0
"""How often the size of the log is looked at."""


class Keeper:
    """The users of one server, and the server."""

    def __init__(self, plan: Plan, first_user: socket.socket) -> None:
        self._plan = plan
        self._server = Server(plan)
        self._users = {first_user}
        self._waiting = {first_user}
        self._gone: list[socket.socket] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(first_user, selectors.EVENT_READ, self._hear)
        self._listener = socket.socket(socket.AF_UNIX)
        self._lock: int | None = None

    def listen(self) -> None:
        """Take the data folder, and let users come. Call it with the lock on the folder held."""
        home = self._plan.home
        # The descriptor stays open: the lock ends with this process.
        if take_lock(home.path / "keeper.lock", home.account, 1.0) is None:
            raise EmbeddedPostgresError(
                f"another process keeps the server of {home.path} but cannot be reached from"
                f" here at {self._path}; find it by 'embedded.keeper' in its command line, end it"
            )
        self._path.unlink(missing_ok=True)  # of a keeper that was killed
        self._listener.bind(str(self._path))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._welcome)
        self._wake_on_signals()

    def run(self) -> None:
        """Keep the server until the last user is gone."""
        self._server.start(self._say)
        while True:
            wait = self._server.step()
            if self._server.ready:
                self._tell_ready()
            for key, _ in self._selector.select(LOG_CHECK_SECONDS if wait is None else wait):
                key.data(key.fileobj)
            limit_log(self._plan.home.log)
            if not self._users and self._may_stop():
                return
            self._close_gone()

    def stop(self, error: str | None = None) -> None:
        """Stop the server and leave nothing behind; `error` is what the users are told."""
        if self._lock is None:
            self._take_lock()
        self._server.stop()
        self._path.unlink(missing_ok=True)
        remove_socket_folder(self._plan.home, self._plan.sockets)
        if error is not None:
            note(error)
            self._send(self._users, error=error)
        # The connections end with this process, so who waits for that sees it all done.

    @property
    def _path(self) -> Path:
        return self._plan.sockets / KEEPER_SOCKET_NAME

    def _take_lock(self) -> None:
        home = self._plan.home
        self._lock = take_lock(home.path / "lock", home.account, float("inf"))

    def _may_stop(self) -> bool:
        """Take the lock, and see whether a user has come before it was taken."""
        self._take_lock()
        self._welcome(self._listener)
        if self._users:
            assert self._lock is not None
            os.close(self._lock)
            self._lock = None
            return False
        return True

    def _welcome(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                user, _ = listener.accept()
                self._users.add(user)
                self._waiting.add(user)
                self._selector.register(user, selectors.EVENT_READ, self._hear)

    def _hear(self, user: socket.socket) -> None:
        with contextlib.suppress(ConnectionError):
            if user.recv(4096):
                return
        self._selector.unregister(user)
        self._users.remove(user)
        self._waiting.discard(user)
        self._gone.append(user)

    def _close_gone(self) -> None:
        for user in self._gone:
            user.close()
        self._gone.clear()

    def _say(self, text: str) -> None:
        self._send(self._waiting, say=text)

    def _tell_ready(self) -> None:
        facts = {"version": self._plan.version, "keeper": os.getpid()}
        self._send(self._waiting, ready=facts)
        self._waiting.clear()

    def _send(self, users: set[socket.socket], **message: Any) -> None:
        line = json.dumps(message).encode() + b"\n"
        for user in users:
            with contextlib.suppress(OSError):  # it is gone, and will be noticed
                user.sendall(line)

    def _wake_on_signals(self) -> None:
        """Let the end of a child interrupt the wait for users.

        A request to end does no more than that. Where it comes to a whole group of processes, the
        users need the server until they have ended in good order, and then the keeper ends too.
        """
        reader, writer = socket.socketpair()
        reader.setblocking(False)
        writer.setblocking(False)
        signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
        self._selector.register(reader, selectors.EVENT_READ, lambda end: end.recv(4096))
        for heard in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(heard, lambda *_: None)
        # Whoever started this may have blocked them all in its thread.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main(first_user: int, lock: int, plan: Plan) -> int:
    """Run a keeper. Gives the exit code, which nobody reads: errors go to the users and the log."""
    if os.fork():
        # The keeper is nobody's child: who started it need not wait for it.
        os._exit(0)
    os.umask(0o077)
    user = socket.socket(fileno=first_user)
    keeper = Keeper(plan, user)
    try:
        keeper.listen()
    except Exception as error:
        user.sendall(json.dumps({"error": _text(error)}).encode() + b"\n")
        return 1
    finally:
        os.close(lock)  # from here on others may join
    try:
        keeper.run()
    except Exception as error:
        keeper.stop(_text(error))
        return 1
    keeper.stop()
    return 0


def _text(error: Exception) -> str:
    if isinstance(error, EmbeddedPostgresError):
        return str(error)
    trace = "".join(traceback.format_exception(error))
    return f"the keeper of the embedded PostgreSQL failed:\n{trace}"


if __name__ == "__main__":
    # No tidying up: users wait for the end of this process.
    os._exit(main(int(sys.argv[1]), int(sys.argv[2]), Plan.from_json(sys.argv[3])))
