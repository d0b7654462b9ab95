"""Whether a service that is about to listen would be of use, and whether it is open."""

from __future__ import annotations

from streamgauge.access import is_loopback, store
from streamgauge.errors import DatabaseUnavailable, SettingsError
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_http.tokens import SettingsTokens

_MAKE_ONE = "streamgauge token create NAME --role admin"


def said_of_openness(settings: Settings, url: str) -> str | None:
    """What to tell the operator of who may; None where tokens are asked for, as they should be.

    Raises SettingsError where nobody could use it.
    """
    if settings.open:
        return f"open to whoever reaches it, without a token: {', '.join(settings.open)}"
    if SettingsTokens(settings) or _has_tokens(url):
        return None
    if is_loopback(settings.host):
        return f"open to this machine: there is no token yet ({_MAKE_ONE})"
    raise SettingsError(
        f"nobody could use it: it would listen on {settings.host}, and there is no token. Make "
        f"one: {_MAKE_ONE}; or say what needs none: STREAMGAUGE_OPEN=ingest,read"
    )


def _has_tokens(url: str) -> bool:
    """Whether there has ever been one; True while Postgres cannot tell, and nobody may anything."""
    try:
        with Database(url, role="serve") as database, database.transaction() as cursor:
            cursor.execute("select to_regclass('tokens') is not null")
            row = cursor.fetchone()
            return bool(row and row[0] and store.stored(cursor))
    except DatabaseUnavailable:
        return True
