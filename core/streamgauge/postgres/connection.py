"""What every connection is opened with, and what is set on it first."""

from __future__ import annotations

import os
import socket
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from streamgauge.errors import SettingsError

SCHEMA = "public"

# Notice a dead peer in seconds: both sides of a lease must agree soon that it is over.
_KEEPALIVES = {
    "keepalives": "1",
    "keepalives_idle": "2",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "tcp_user_timeout": "4000",
}


def connection_parameters(url: str, role: str) -> dict[str, Any]:
    """What psycopg.connect takes for `url`. Raises SettingsError without repeating a password."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise SettingsError(
            "the database URL cannot be read; it looks like "
            "postgresql://user:password@host:5432/database"
        ) from None
    # Not repeated: after a password with an @, a colon or a slash in it they are a part of it. An @
    # that comes first is of an abstract socket.
    ports = str(given.get("port") or "").split(",")
    if "@" in str(given.get("host") or "")[1:] or not all(port.isdigit() for port in ports if port):
        raise SettingsError(
            "the host and the port in the database URL cannot be read; in a password an @ is "
            "written %40, a colon %3A, a slash %2F"
        )
    # Postgres cuts it after 63 bytes; the process id, by which others know it, comes last.
    name = f"streamgauge {role} {socket.gethostname()[:30]}:{os.getpid()}"
    defaults = {"connect_timeout": "5", "application_name": name[:63], **_KEEPALIVES}
    return {**defaults, **given}


def without_password(url: str) -> str:
    """The connection string as it may be shown."""
    parameters = conninfo_to_dict(url)
    parameters.pop("password", None)
    return make_conninfo("", **{k: str(v) for k, v in parameters.items() if v is not None})


def set_session(conn: Connection[Any]) -> None:
    """What must hold whatever the server's and the database's defaults are."""
    conn.execute(f"set search_path = {SCHEMA}")
    conn.execute("set timezone = 'UTC'")
    # Whatever the server's or the database's defaults are: an append must see what was committed
    # while it waited for the log's lock, and what was accepted must be on the disk.
    conn.execute("set default_transaction_isolation = 'read committed'")
    conn.execute("set synchronous_commit = on")
    # The server's side of the keepalives: it frees a lease when the client's machine is gone.
    conn.execute("set tcp_keepalives_idle = 2")
    conn.execute("set tcp_keepalives_interval = 1")
    conn.execute("set tcp_keepalives_count = 2")
