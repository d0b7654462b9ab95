"""Connections to the one PostgreSQL that everything is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection, Cursor, IsolationLevel
from psycopg.rows import TupleRow, dict_row, tuple_row

from streamgauge.errors import DatabaseUnavailable
from streamgauge.postgres.connection import SCHEMA, connection_parameters, set_session

# What says that Postgres is away, restarting, failing over or too busy just now. The same call
# may succeed later, and nothing is wrong with the call.
_TRANSIENT = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
    psycopg.errors.ReadOnlySqlTransaction,
)


class Datastore(PostgresDatastore):
    """The library's datastore, opened by any libpq connection string rather than by five parts."""

    def __init__(
        self, url: str, *, role: str, pool_size: int, checkout_seconds: float, derives: bool
    ) -> None:
        self._derives = derives
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",
            connect_timeout=checkout_seconds,
            idle_in_transaction_session_timeout=60,
            pool_size=1,
            max_overflow=pool_size - 1,
            lock_timeout=10,
            schema=SCHEMA,
        )
        self.pool.kwargs = {**connection_parameters(url, role), "row_factory": dict_row}
        self.pool.connection_class = self._connections()
        self.refusal: psycopg.Error | None = None
        """Why the last attempt to connect failed; the pool itself only says that it waited."""
        # The pool gives up soon and tries anew at the next request, so that the first request
        # after an outage is not kept waiting by a back-off that had grown to minutes.
        self.pool.reconnect_timeout = 1.0

    def register_type_adapters(self) -> None:
        """Nothing: our recorders send arrays of columns, not of the library's composite types.

        The library looks the types up, over a connection, whenever a recorder is constructed.
        """

    def _connections(self) -> type[Connection[Any]]:
        datastore = self

        class Remembered(Connection[Any]):
            @classmethod
            def connect(cls, *args: Any, **kwargs: Any) -> Any:
                try:
                    conn = super().connect(*args, **kwargs)
                except psycopg.Error as error:
                    datastore.refusal = error
                    raise
                datastore.refusal = None
                return conn

        return Remembered

    def after_connect_func(self) -> Any:
        """What the pool does with each new connection."""
        configure = super().after_connect_func()
        derives = self._derives

        def after_connect(conn: Connection[Any]) -> None:
            configure(conn)
            set_session(conn)
            if derives:
                conn.execute("set synchronous_commit = off")

        return after_connect


class Database:
    """A pool of connections to one database, and the two kinds of transaction that are used.

    `role` names the process in pg_stat_activity. Nothing connects before the first use.

    Who only `derives` from the log need not wait until a commit is on the disk: if the machine
    fails, the last moments' commits are gone in order, the positions with them, and are made again.
    """

    def __init__(
        self,
        url: str,
        *,
        role: str = "cli",
        pool_size: int = 4,
        checkout_seconds: float = 5.0,
        derives: bool = False,
    ) -> None:
        self.url = url
        self.role = role
        self.datastore = Datastore(
            url,
            role=role,
            pool_size=pool_size,
            checkout_seconds=checkout_seconds,
            derives=derives,
        )

    @contextmanager
    def transaction(self, *, repeatable_read: bool = False) -> Iterator[Cursor[TupleRow]]:
        """One transaction, committed at the end of the block, rolled back by any exception.

        With `repeatable_read`, every query in it sees the same instant.

        Raises DatabaseUnavailable where Postgres cannot be reached, or is lost before it said
        that the commit was done: then the transaction may or may not have happened.
        """
        with self.connection() as conn, conn.transaction(), _cursor(conn) as cursor:
            if repeatable_read:
                cursor.execute("set transaction isolation level repeatable read")
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[Cursor[TupleRow]]:
        """A read-only transaction in which every query sees the same instant."""
        with self.connection() as conn:
            conn.isolation_level = IsolationLevel.REPEATABLE_READ
            conn.read_only = True
            try:
                with conn.transaction(), _cursor(conn) as cursor:
                    yield cursor
            finally:
                if not conn.closed:
                    conn.isolation_level = None
                    conn.read_only = None

    def connect(self) -> Connection[TupleRow]:
        """A connection of its own, in autocommit mode, for a lease or for LISTEN.

        Raises DatabaseUnavailable.
        """
        with _translated():
            conn = psycopg.connect(
                autocommit=True, row_factory=tuple_row, **connection_parameters(self.url, self.role)
            )
            set_session(conn)
            return conn

    def forget_broken_connections(self) -> None:
        """Replace the pool's connections that an outage has cut; call it after one was noticed."""
        self.datastore.pool.check()

    def close(self) -> None:
        """Close the pool."""
        self.datastore.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """A connection of the pool, in autocommit mode. Raises DatabaseUnavailable."""
        pool = self.datastore.pool
        with _translated(self.datastore):
            pool.open(wait=False)
            with pool.connection() as conn:
                yield conn


def is_outage(error: BaseException) -> bool:
    """Whether an error says that the database, and not what it was asked, is the trouble.

    Class 54, limits of the program, is an OperationalError to psycopg: a value too long for an
    index, say. It would be met again for ever.
    """
    too_much = isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith("54")
    return isinstance(error, _TRANSIENT) and not too_much


@contextmanager
def _translated(datastore: Datastore | None = None) -> Iterator[None]:
    try:
        yield
    except _TRANSIENT as error:
        if not is_outage(error):
            raise
        reason: BaseException = error
        if datastore is not None and isinstance(error, psycopg_pool.PoolTimeout):
            reason = datastore.refusal or error
        raise DatabaseUnavailable(
            f"PostgreSQL cannot be used just now: {_one_line(reason)}"
        ) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _cursor(conn: Connection[Any]) -> Cursor[TupleRow]:
    return conn.cursor(row_factory=tuple_row)
