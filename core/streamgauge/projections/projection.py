"""What a projection is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import Identifier

from streamgauge.streams.cdevents_log import RecordedCDEvent

Tables = Mapping[str, Identifier]
"""A projection's tables by the names it gave them; the identifiers are those of one build."""


@runtime_checkable
class Projection(Protocol):
    """Folds the CDEvents log into tables.

    The tables must be a function of the *set* of events: the order, the size of the batches and
    repetitions change nothing. `streamgauge` gives each build of the tables names of its own, so
    that a replay builds new ones beside those that are being read.
    """

    name: str
    """What its lease, its position and its commands are called; unique over all plugins."""
    version: int
    """Raise it when `schema` or `apply` change meaning; `status` then says that a replay is due."""
    event_kinds: frozenset[str]
    """The types it folds, without their versions: ``service.deployed``."""
    tables: Sequence[str]
    """The names of its tables."""
    schema: str
    """SQL that creates them, each written as ``{name}``; keys start with the tenant."""
    views: Mapping[str, str]
    """Public views by name: a SELECT over ``{name}``, moved to the new build by a replay."""

    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Fold a batch of events of `event_kinds` into the tables of one build.

        Runs in the transaction that moves the position. An exception parks the event that causes
        it; the batch is halved until that event is found.
        """
        ...
