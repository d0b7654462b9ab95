"""What is made of facts: derived facts, and what they have in common with metrics."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import UnknownName
from streamgauge.projections.projection import NO_LISTS, NO_VIEWS, Projection, Tables
from streamgauge.stages.builds import Definition

if TYPE_CHECKING:
    from streamgauge.lists import Listing


class Changed(NamedTuple):
    """The facts whose `position` is above `since` and not above `upto` have changed."""

    since: int
    upto: int


class MadeOfFacts(Protocol):
    """What derived facts and metrics have: tables of their own, made of facts in SQL.

    The tables are a function of the facts and the definition; each build of them has names of its
    own.
    """

    name: str
    """What it is called in URLs and commands; unique over all projections and metrics too."""
    projection: str
    """The projection whose facts it is made of; or derived facts, and all that those are made of.
    """
    version: int = 1
    """Raise it when `schema` or `refresh` change meaning; the tables are then made anew."""
    tables: Sequence[str] = ()
    """The names of its tables, other than those below it."""
    schema: str = ""
    """SQL that creates them, each written as ``{name}``; keys start with the tenant."""
    indexes: str = ""
    """SQL that creates their indexes; a replay does it after it has filled the tables."""
    views: Mapping[str, str] = NO_VIEWS
    """Public views by name: a SELECT over ``{name}``."""

    def definition(self) -> Definition:
        """The definition as it is configured now: what it counts, as data.

        A build keeps the one that it was made with, and is asked with that until another one takes
        its place. Raises SettingsError where it cannot be read.
        """
        return {}

    def refresh(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        """Bring its tables up to what is below them, which `tables` names too.

        `changed` says which facts may have changed since the last time; None: the tables are
        empty, and all of them are to be made. Set-based SQL does a million facts in a second.

        Facts may be ahead of derived facts. What is made of both may so see facts that are above
        `upto`; they are among the changed ones the next time.
        """
        return  # without tables there is nothing to do


class DerivedFacts(MadeOfFacts):
    """Facts that are made of facts, by SQL: what connects single ones. Subclass it.

    Where other derived facts, or metrics with tables, are made of a table, it has a column
    ``position bigint not null`` as a projection's has: the highest of the facts that a row is made
    of, or that have changed it. They find by it what has changed; put an index on it.
    """

    lists: Mapping[str, Listing] = NO_LISTS
    """Lists over its tables and those below, each at ``GET /v1/<name>``."""

    @abstractmethod
    def refresh(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        changed: Changed | None,
        definition: Definition,
    ) -> None:
        """Bring its tables up to what is below them, as MadeOfFacts says."""
        ...


Tier = Projection | MadeOfFacts
T = TypeVar("T", bound=MadeOfFacts)


def tiers_of(
    item: MadeOfFacts,
    projections: Mapping[str, Projection],
    derived: Mapping[str, DerivedFacts],
) -> Sequence[Tier]:
    """The item, and all that it is made of, down to the projection.

    Raises UnknownName where that is not there.
    """
    found: list[Tier] = [item]
    while item.projection in derived:
        item = derived[item.projection]
        found.append(item)
    if item.projection not in projections:
        raise UnknownName("projection", item.projection, projections)
    return [*found, projections[item.projection]]


def standing(items: Iterable[T], ground: Iterable[str]) -> list[T]:
    """Those that stand on what is in `ground`, maybe by way of each other, each after what it is
    made of, by name. What is made of nothing that is there, or of itself, is not among them."""
    found: list[T] = []
    known = set(ground)
    left = {item.name: item for item in sorted(items, key=lambda item: item.name)}
    while ready := [name for name, item in left.items() if item.projection in known]:
        found += [left.pop(name) for name in ready]
        known.update(ready)
    return found
