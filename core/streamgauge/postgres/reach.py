"""Which PostgreSQL to use: the one that a URL names, or the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamgauge.postgres.database import Database
from streamgauge.settings import Settings


@contextmanager
def database_url(
    settings: Settings,
    *,
    name: str = "streamgauge",
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[str]:
    """The URL of the database, for as long as the block lasts.

    Without a DATABASE_URL the embedded server is started, or joined if another process of this
    user runs it, and `name` is the database in it; if its keeper is killed, it comes back under the
    same URL. Raises EmbeddedPostgresError.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    # Imported here: who has a server needs none of this.
    from streamgauge.postgres.embedded import kept

    with kept(settings.data_dir, database=name, say=say) as url:
        yield url


@contextmanager
def reach(
    settings: Settings, *, role: str, say: Callable[[str], None] = lambda line: None
) -> Iterator[Database]:
    """A Database on the server that the settings select."""
    with database_url(settings, say=say) as url, Database(url, role=role) as database:
        yield database
