"""What stateful transformers remember, read and written a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID, uuid5

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge import json_codec
from streamgauge.hookspecs import State

_IDENTITY = UUID("2c9a7f64-1b0d-5e7a-8f3c-4d5e6f708192")


class StateKey(NamedTuple):
    """Whose state, and under which of the transformer's keys."""

    tenant: str
    transformer: str
    key: str


class States:
    """The states of one page as JSON: what was loaded, and what has changed since.

    Text and not objects: a transformer may change what it is given, fail in the middle of that, or
    keep a reference to what it gave back, and none of it reaches the next event.
    """

    def __init__(self, loaded: dict[StateKey, str]) -> None:
        self._states: dict[StateKey, str | None] = dict(loaded)
        self._changed: dict[StateKey, int] = {}

    def get(self, key: StateKey) -> State | None:
        """The state under `key`, a copy of its own for each call; None where there is none."""
        state = self._states.get(key)
        return None if state is None else json_codec.decode(state.encode())

    def put(self, key: StateKey, state: State | None, *, position: int) -> None:
        """Remember `state` after the event at `position`; None forgets the key.

        Raises ValueError where JSON cannot hold it.
        """
        text = None if state is None else json_codec.encode(state).decode()
        if text != self._states.get(key):
            self._states[key] = text
            self._changed[key] = position

    def save(self, cursor: Cursor[TupleRow], build: int) -> None:
        """Write what has changed, in the transaction that moves that build's position."""
        kept = [(k, p) for k, p in self._changed.items() if self._states[k] is not None]
        gone = [k for k in self._changed if self._states[k] is None]
        if kept:
            cursor.execute(
                "insert into transformer_states"
                " (tenant, build, transformer, key_id, key, state, position)"
                " select tenant, %b, transformer, key_id, key, state::json, position from"
                " unnest(%b::text[], %b::text[], %b::uuid[], %b::text[], %b::text[], %b::bigint[])"
                " as s(tenant, transformer, key_id, key, state, position)"
                " on conflict (tenant, build, transformer, key_id) do update"
                " set state = excluded.state, position = excluded.position",
                [
                    build,
                    [key.tenant for key, _ in kept],
                    [key.transformer for key, _ in kept],
                    [_key_id(key) for key, _ in kept],
                    [key.key for key, _ in kept],
                    [self._states[key] for key, _ in kept],
                    [position for _, position in kept],
                ],
            )
        if gone:
            cursor.execute(
                "delete from transformer_states s using"
                " unnest(%s::text[], %s::text[], %s::uuid[]) as g(tenant, transformer, key_id)"
                " where s.tenant = g.tenant and s.transformer = g.transformer"
                " and s.key_id = g.key_id and s.build = %s",
                [
                    [k.tenant for k in gone],
                    [k.transformer for k in gone],
                    [_key_id(k) for k in gone],
                    build,
                ],
            )


def load(cursor: Cursor[TupleRow], build: int, keys: Iterable[StateKey]) -> States:
    """The states under these keys, as that build of the log of CDEvents has them."""
    wanted = sorted(set(keys))
    if not wanted:
        return States({})
    cursor.execute(
        "select s.tenant, s.transformer, s.key, s.state::text from transformer_states s"
        " join unnest(%s::text[], %s::text[], %s::uuid[]) as w(tenant, transformer, key_id)"
        " on s.tenant = w.tenant and s.transformer = w.transformer and s.key_id = w.key_id"
        " where s.build = %s",
        [
            [k.tenant for k in wanted],
            [k.transformer for k in wanted],
            [_key_id(k) for k in wanted],
            build,
        ],
    )
    return States(
        {
            StateKey(tenant, transformer, key): state
            for tenant, transformer, key, state in cursor.fetchall()
        }
    )


def forget(cursor: Cursor[TupleRow], build: int) -> None:
    """Drop what was remembered for a build."""
    cursor.execute("delete from transformer_states where build = %s", (build,))


def _key_id(key: StateKey) -> UUID:
    return uuid5(_IDENTITY, key.key)
