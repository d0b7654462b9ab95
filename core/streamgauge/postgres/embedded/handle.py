"""The user's end: join the server of a data folder, or start it."""

from __future__ import annotations

import json
import os
import socket
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode

from streamgauge.errors import EmbeddedPostgresError
from streamgauge.postgres.embedded import places
from streamgauge.postgres.embedded.binaries import Binaries, choose_binaries, readable_for
from streamgauge.postgres.embedded.joining import join_keeper, start_keeper
from streamgauge.postgres.embedded.log import last_lines, read_log
from streamgauge.postgres.embedded.places import Home
from streamgauge.postgres.embedded.server import SUPERUSER, Plan


class _KeeperLeft(Exception):
    """The keeper ended before it said that the server is ready; somebody must have killed it."""


class EmbeddedPostgres:
    """A hold on a running PostgreSQL. The server runs as long as anybody holds it.

    The hold ends with `release`, with the `with` block, or with the process, however it dies.
    A child of a fork does not hold the server: it may use `url`, and must acquire its own hold if
    it is to outlive its parent.
    """

    data_dir: Path
    """The data folder in use."""
    version: str
    """The version of the server that runs: `18.4`."""
    keeper_pid: int
    """The process that looks after the server."""

    def __init__(self, home: Home, sockets: Path, database: str, keeper: socket.socket) -> None:
        self.data_dir = home.path
        self._home = home
        self._sockets = sockets
        self._database = database
        self._keeper: socket.socket | None = keeper
        _held.add(self)

    @classmethod
    def acquire(
        cls,
        data_dir: Path | None = None,
        *,
        database: str = "streamgauge",
        say: Callable[[str], None] | None = None,
        binaries: Binaries | None = None,
        options: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> EmbeddedPostgres:
        """Start the server of a data folder or join it, and make sure the database exists.

        `data_dir` is a folder of its own, made if need be; None is the user's data folder. `say`
        is given lines about what takes time. `binaries` insists on one PostgreSQL, and `options`
        are PostgreSQL settings for a server that this call starts; tests need them.

        Raises EmbeddedPostgresError.
        """
        end = time.monotonic() + timeout
        home = places.open_home(data_dir, os.environ)
        while True:
            held, started = _connect(cls, home, database, binaries, options or {}, timeout)
            try:
                held._wait_until_ready(say or (lambda text: None), end)
                held._check_version(binaries)
                held._make_database()
            except _KeeperLeft:
                held._drop()
                if started or time.monotonic() > end:
                    raise EmbeddedPostgresError(
                        f"the keeper of {home.path} ended before the server was ready; the end of"
                        f" {home.log}:\n{held._log()}"
                    ) from None
            except BaseException:
                held._drop()  # without waiting for a keeper that may be what is wrong
                raise
            else:
                return held

    @property
    def url(self) -> str:
        """The libpq URL of the database; it stays the same when the server is started again."""
        return self._url(self._database)

    def release(self) -> None:
        """Let go. If this was the last user, the server has stopped when this returns."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        with keeper, suppress(OSError):
            keeper.shutdown(socket.SHUT_WR)
            keeper.settimeout(30.0)
            while keeper.recv(4096):
                pass

    def fileno(self) -> int:
        """The descriptor that becomes readable when the keeper ends; -1 once released."""
        return -1 if self._keeper is None else self._keeper.fileno()

    def is_lost(self) -> bool:
        """Whether the keeper has ended. Call it when `fileno` is readable: it reads from it."""
        try:
            return self._keeper is not None and not self._keeper.recv(4096)
        except OSError:
            return True

    def _drop(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _url(self, database: str) -> str:
        # The port is there for those who have PGPORT set.
        query = {"host": str(self._sockets), "port": "5432", "user": SUPERUSER}
        return f"postgresql:///{quote(database, safe='')}?{urlencode(query, quote_via=quote)}"

    def _wait_until_ready(self, say: Callable[[str], None], end: float) -> None:
        assert self._keeper is not None
        with self._keeper.makefile("rb") as lines:
            while True:
                self._keeper.settimeout(max(end - time.monotonic(), 0.001))
                try:
                    line = lines.readline()
                except TimeoutError:
                    raise EmbeddedPostgresError(
                        f"the embedded PostgreSQL in {self.data_dir} did not become ready in time;"
                        f" the end of {self._home.log}:\n{self._log()}"
                    ) from None
                except ConnectionError:
                    line = b""
                if not line:
                    raise _KeeperLeft
                message: dict[str, Any] = json.loads(line)
                if "say" in message:
                    say(message["say"])
                elif "error" in message:
                    raise EmbeddedPostgresError(message["error"])
                else:
                    break
        self._keeper.settimeout(None)
        self.version = message["ready"]["version"]
        self.keeper_pid = message["ready"]["keeper"]

    def _check_version(self, binaries: Binaries | None) -> None:
        if binaries is not None and binaries.version != self.version:
            raise EmbeddedPostgresError(
                f"the server of {self.data_dir} runs already, with PostgreSQL {self.version}"
                f" and not {binaries.version}"
            )

    def _make_database(self) -> None:
        import psycopg  # the keeper imports this package too, and has no use for it
        from psycopg import errors, sql

        try:
            with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
                found = connection.execute(
                    "select 1 from pg_database where datname = %s", [self._database]
                )
                if found.fetchone() is None:
                    name = sql.Identifier(self._database)
                    # Another process may make it at the same moment.
                    with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                        connection.execute(sql.SQL("create database {}").format(name))
        except psycopg.Error as error:
            raise EmbeddedPostgresError(
                f"the database {self._database} could not be made in the embedded PostgreSQL in"
                f" {self.data_dir}: {error}"
            ) from error

    def _log(self) -> str:
        log = places.open_file(self._home.log, self._home.account)
        try:
            return last_lines(read_log(log))
        finally:
            os.close(log)


def _connect(
    cls: type[EmbeddedPostgres],
    home: Home,
    database: str,
    binaries: Binaries | None,
    options: Mapping[str, str],
    timeout: float,
) -> tuple[EmbeddedPostgres, bool]:
    """A hold on a keeper, and whether it was started for it."""
    lock = places.take_lock(home.path / "lock", home.account, timeout)
    if lock is None:
        raise EmbeddedPostgresError(
            f"another process has been starting or stopping the server of {home.path} for"
            f" {timeout:g} seconds; look for it, and into {home.log}"
        )
    try:
        sockets = places.socket_folder(home)
        keeper = join_keeper(sockets / places.KEEPER_SOCKET_NAME)
        if keeper is not None:
            return cls(home, sockets, database, keeper), False
        chosen = choose_binaries(os.environ, home.pgdata, binaries)
        chosen = readable_for(home.account, chosen, places.ROOT_HOME)
        plan = Plan(chosen.bindir, chosen.version, home, sockets, dict(options))
        return cls(home, sockets, database, start_keeper(plan, lock)), True
    except OSError as error:
        raise EmbeddedPostgresError(
            f"the embedded PostgreSQL in {home.path} cannot be started: {error}"
        ) from error
    finally:
        os.close(lock)  # a keeper that was started has a copy until it listens


_held: weakref.WeakSet[EmbeddedPostgres] = weakref.WeakSet()


def _forget_in_child() -> None:
    # exec closes the connection by itself, but a forked child would hold the server open.
    for held in _held:
        held._drop()


os.register_at_fork(after_in_child=_forget_in_child)
