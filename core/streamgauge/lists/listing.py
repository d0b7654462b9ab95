"""What a list is, and what a page of it holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.lists.query import ListQuery, Place
from streamgauge.projections.projection import Tables


@dataclass(frozen=True, slots=True)
class Page:
    """Items, the newest first."""

    items: Sequence[Mapping[str, Any]]
    """Each has an `id`, by which its lineage can be asked for. Values are what JSON can hold, and
    datetimes and UUIDs."""
    following: Place | None = None
    """Where the next page begins; None at the end."""


class Listing(ABC):
    """How a page of a list is read. Subclass it.

    A projection, or derived facts, bring lists by name; each is at ``GET /v1/<name>``.
    """

    title: str
    """What is listed, in a few words: ``deployments, newest first``."""
    filters: Mapping[str, Sequence[str]]
    """What can be filtered by: the parameter's name -> the values that it may have; none means
    any text. All lists have `tenant`, `from`, `to`, `limit` and `cursor` besides."""

    @abstractmethod
    def page(self, cursor: Cursor[TupleRow], tables: Tables, query: ListQuery) -> Page:
        """Up to `query.limit` items beyond `query.after`, from a snapshot; fewer is no end.

        `tables` names those of whoever brings the list, and all below. `query.as_of` is how far
        they are: facts may be ahead of derived facts, and who reads both leaves out what is above
        it. Every query goes by an index.
        """
        ...
