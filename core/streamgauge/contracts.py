"""What projections, derived facts and metrics must be, checked when a plugin brings them: a slip of
one author must not be everybody's outage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamgauge.cdevents.vocabulary import CUSTOM_PREFIX, VERSIONS
from streamgauge.lists import Listing
from streamgauge.lists.query import COMMON
from streamgauge.metrics import Metric
from streamgauge.paths import Paths
from streamgauge.projections import DerivedFacts, Projection
from streamgauge.projections.derived import standing

# With its build's number, Postgres cuts no name; and none has a build's number itself.
_NAME = re.compile(r"(?!.*__\d+$)[a-z][a-z0-9_]{0,49}")
_STAGES = frozenset({"cloudevents", "cdevents", "router", "replay", "replays"})
_TABLES = frozenset(
    {
        *("cloudevents_events", "cloudevents_raw", "cdevents_events", "cdevents_raw", "conflicts"),
        *("builds", "build_numbers", "build_ranges", "replays", "streamgauge_tracking"),
        *("dead_letters", "transformer_states", "schema_migrations", "tokens", "event_sources"),
    }
)


Item = Projection | DerivedFacts | Metric


class Contracts:
    """The names that are taken, and the checks of what is to get one."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._stages = set(_STAGES)
        self._tables = set(_TABLES)
        self._ground: set[str] = set()
        """Projections, and derived facts that stand on one."""

    def check(self, item: Item) -> None:
        """Take the item's names. Raises ValueError, which names what is wrong with it."""
        try:
            self._check(item)
        except ValueError as error:
            raise ValueError(f"{_what(item)} {item.name!r}: {error}") from None

    def unfounded(self, derived: Iterable[DerivedFacts]) -> dict[str, str]:
        """Those that stand on no projection, and why; all that plugins bring are known by now."""
        given = {item.name: item for item in derived}
        known = self._ground | set(given)
        self._ground |= {item.name for item in standing(given.values(), self._ground)}
        return {
            name: f"{_what(item)} {name!r}: {self._why_not(item, known)}"
            for name, item in given.items()
            if name not in self._ground
        }

    def _why_not(self, item: DerivedFacts, known: set[str]) -> str:
        if item.projection not in known:
            return _no_projection(item.projection, known - {item.name})
        return f"it is made of {item.projection!r}, which is made of itself or of nothing there is"

    def _check(self, item: Item) -> None:
        if not _NAME.fullmatch(item.name):
            raise ValueError("a name is lower-case letters, digits and _, 50 of them at most")
        if item.name in self._stages:
            raise ValueError("the name is taken, by a projection, a metric or the program itself")
        version = getattr(item, "version", None)
        if isinstance(version, bool) or not isinstance(version, int):
            raise ValueError("version must be a whole number")
        for name in ("schema", "indexes"):
            if not isinstance(getattr(item, name, None), str):
                raise ValueError(f"{name} must be text, SQL")
        tables = self._tables_of(item)
        if isinstance(item, DerivedFacts):
            _check_derived(item)
            self._check_lists(item)
        elif isinstance(item, Metric):
            self._check_metric(item)
        else:
            _check_kinds(getattr(item, "event_kinds", None))
            self._check_lists(item)
            self._ground.add(item.name)
        self._stages.add(item.name)
        self._tables |= tables

    def _check_metric(self, metric: Metric) -> None:
        for name in ("title", "description", "unit"):
            if not isinstance(getattr(metric, name, None), str):
                raise ValueError(f"{name} must be text")
        projection = getattr(metric, "projection", None)
        if projection not in self._ground:
            raise ValueError(_no_projection(projection, self._ground))

    def _check_lists(self, item: Projection | DerivedFacts) -> None:
        lists: Any = getattr(item, "lists", None)
        if not isinstance(lists, Mapping):
            raise ValueError("lists must be a mapping of names to lists")
        for name, listing in lists.items():
            title: Any = getattr(listing, "title", None)
            filters: Any = getattr(listing, "filters", None)
            if not isinstance(listing, Listing) or not isinstance(title, str):
                raise ValueError(f"{name!r} is no Listing with a title")
            if not isinstance(filters, Mapping) or set(filters) & set(COMMON):
                raise ValueError(
                    f"{name!r}: filters must be a mapping, without {', '.join(COMMON)}"
                )
        self._paths.claim_names(item.name, lists)

    def _tables_of(self, item: Item) -> set[str]:
        """The names of its tables and views, which are of one kind to Postgres."""
        tables, views = getattr(item, "tables", None), getattr(item, "views", None)
        if isinstance(tables, str) or not isinstance(tables, Sequence):
            raise ValueError("tables must be a sequence of names")
        if not isinstance(views, Mapping):
            raise ValueError("views must be a mapping of names to SQL")
        for name in (*tables, *views):
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name for a table or view: as the item's own")
            # A table has its build's number in its name: a view of its own may be called the same.
            if name in self._tables:
                raise ValueError(f"a table or view named {name!r} is there already")
        if len(set(tables)) < len(tables):
            raise ValueError("a table is named twice")
        return {*tables, *views}


def _what(item: Item) -> str:
    if isinstance(item, DerivedFacts):
        return "the derived facts"
    return "the metric" if isinstance(item, Metric) else "the projection"


def _no_projection(name: Any, known: Iterable[str]) -> str:
    return f"there is no projection {name!r}; there are: {', '.join(sorted(known)) or 'none'}"


def _check_derived(item: DerivedFacts) -> None:
    if not isinstance(getattr(item, "projection", None), str):
        raise ValueError("projection must be text, the name of what it is made of")
    if not item.tables:
        raise ValueError("it needs a table")


def _check_kinds(kinds: Any) -> None:
    if not isinstance(kinds, frozenset | set | list | tuple) or not kinds:
        raise ValueError("event_kinds must be a set of at least one kind")
    for kind in kinds:
        known = isinstance(kind, str) and (kind in VERSIONS or kind.startswith(CUSTOM_PREFIX))
        if not known:
            raise ValueError(f"{kind!r} is no kind of CDEvent; for example service.deployed")
