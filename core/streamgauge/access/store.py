"""The table of tokens."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.access.grants import Grant
from streamgauge.access.tokens import Token
from streamgauge.errors import InvalidQuery, UnknownName

_ALL = (
    "select token_id, digest, name, roles, tenant, sources, rate, max_event_bytes,"
    " created_at, expires_at, revoked_at from tokens order by created_at desc, token_id"
)


def add(cursor: Cursor[TupleRow], token: Token) -> None:
    """Store a new token."""
    grant = token.grant
    cursor.execute(
        "insert into tokens (token_id, digest, name, roles, tenant, sources, rate,"
        " max_event_bytes, expires_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            token.token_id,
            token.digest,
            grant.name,
            sorted(grant.roles),
            grant.tenant,
            list(grant.sources),
            grant.rate,
            grant.max_event_bytes,
            token.expires_at,
        ),
    )


def stored(cursor: Cursor[TupleRow]) -> Sequence[Token]:
    """All of them, the newest first; those that have ended or were revoked, too."""
    cursor.execute(_ALL)
    return [
        Token(
            token_id,
            bytes(digest),
            Grant(name, frozenset(roles), tenant, tuple(sources), rate, size),
            *times,
        )
        for token_id, digest, name, roles, tenant, sources, rate, size, *times in cursor.fetchall()
    ]


def revoke(cursor: Cursor[TupleRow], named: str) -> Token:
    """End the token with this id, or with this name where only one has it that is not revoked.

    Raises UnknownName for none, and InvalidQuery for several.
    """
    tokens = [token for token in stored(cursor) if token.revoked_at is None]
    found = [token for token in tokens if token.token_id == named]
    found = found or [token for token in tokens if token.grant.name == named]
    if not found:
        raise UnknownName("token", named, [token.token_id for token in tokens])
    if len(found) > 1:
        ids = [token.token_id for token in found]
        raise InvalidQuery(
            "several tokens have this name; give the id of one", where=named, allowed=ids
        )
    cursor.execute("update tokens set revoked_at = now() where token_id = %s", (found[0].token_id,))
    return found[0]
