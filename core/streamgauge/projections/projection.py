"""What a projection is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow
from psycopg.sql import Identifier

from streamgauge.streams.cdevents_log import RecordedCDEvent

if TYPE_CHECKING:
    from streamgauge.lists import Listing

Tables = Mapping[str, Identifier]
"""Tables by the names they were given; the identifiers are those of one build."""

NO_VIEWS: Mapping[str, str] = MappingProxyType({})
NO_LISTS: Mapping[str, Listing] = MappingProxyType({})


class Choices(NamedTuple):
    """Values of dimensions, for who picks some to filter by."""

    values: Mapping[str, Sequence[str]]
    """Dimension -> its values. One that is not there has none."""
    complete: bool = True
    """Whether these are all; there may be too many."""


NO_CHOICES: Choices = Choices(MappingProxyType({}))


@runtime_checkable
class Projection(Protocol):
    """Folds the CDEvents log into tables of facts. Subclass it.

    The tables must be a function of the *set* of events: the order, the size of the batches and
    repetitions change nothing. `streamgauge` gives each build of the tables names of its own, so
    that a replay builds new ones beside those that are being read.

    A table that others are made of, derived facts or a metric's, has a column ``position bigint not
    null``: that of the event which last changed the row, the highest where there are several. They
    find by it what has changed; put an index on it.
    """

    name: str
    """What its lease, its position and its commands are called; unique over all plugins."""
    version: int
    """Raise it when `schema` or `apply` change meaning; the tables are then made anew."""
    event_kinds: frozenset[str]
    """The types it folds, without their versions: ``service.deployed``. No others are read."""
    tables: Sequence[str]
    """The names of its tables."""
    schema: str
    """SQL that creates them, each written as ``{name}``; keys start with the tenant."""
    indexes: str = ""
    """SQL that creates what only readers need; a replay does it after it has filled the tables."""
    views: Mapping[str, str] = NO_VIEWS
    """Public views by name: a SELECT over ``{name}``, moved to the new build by a replay."""
    lists: Mapping[str, Listing] = NO_LISTS
    """Lists over its tables, each at ``GET /v1/<name>``."""
    concurrent: bool = False
    """Whether batches of other ranges of the log may be applied at the same time, in any order.
    Several processes can then share a replay. A batch that waits for another in a circle is
    applied again."""

    @abstractmethod
    def apply(
        self, cursor: Cursor[TupleRow], tables: Tables, events: Sequence[RecordedCDEvent]
    ) -> None:
        """Fold a batch of events of `event_kinds` into the tables of one build.

        Runs in the transaction that moves the position: no event is applied to a build twice. An
        exception parks the event that causes it; the batch is halved until that event is found.
        """
        ...

    def events_of(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        tenant: str,
        id: str,  # noqa: A002
    ) -> Sequence[UUID]:
        """The keys of the CDEvents that the thing with this id is made of; none if it knows none.

        `id` is what users are shown, and whatever else they may ask with: text that Postgres can
        hold. Look for it by an index, and only read.
        """
        return ()

    def choices(self, cursor: Cursor[TupleRow], tables: Tables, tenants: Sequence[str]) -> Choices:
        """What can be picked of `service`, `environment` and `repository`: the values that its
        facts have, in the order of the alphabet. Look for them by an index, and only read.
        """
        return NO_CHOICES
