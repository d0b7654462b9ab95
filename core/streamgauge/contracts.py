"""What a projection or a metric must be, checked when its plugin brings it: a slip of one author
must not be everybody's outage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from streamgauge.cdevents.vocabulary import CUSTOM_PREFIX, VERSIONS
from streamgauge.metrics import Metric
from streamgauge.projections import Projection

# With its build's number, Postgres cuts no name; and none has a build's number itself.
_NAME = re.compile(r"(?!.*__\d+$)[a-z][a-z0-9_]{0,49}")
_STAGES = frozenset({"cloudevents", "cdevents", "router", "replay", "replays"})
_TABLES = frozenset(
    {
        *("cloudevents_events", "cloudevents_raw", "cdevents_events", "cdevents_raw", "conflicts"),
        *("builds", "build_numbers", "build_ranges", "replays", "streamgauge_tracking"),
        *("dead_letters", "transformer_states", "schema_migrations"),
    }
)


class Contracts:
    """The names that are taken, and the checks of what is to get one."""

    def __init__(self) -> None:
        self._stages = set(_STAGES)
        self._tables = set(_TABLES)
        self._projections: set[str] = set()

    def check(self, item: Projection | Metric) -> None:
        """Take the item's names. Raises ValueError, which names what is wrong with it."""
        what = "projection" if isinstance(item, Projection) else "metric"
        try:
            self._check(item)
        except ValueError as error:
            raise ValueError(f"the {what} {item.name!r}: {error}") from None

    def _check(self, item: Projection | Metric) -> None:
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
        if isinstance(item, Projection):
            _check_kinds(getattr(item, "event_kinds", None))
        else:
            self._check_metric(item)
        tables = self._tables_of(item)
        self._stages.add(item.name)
        self._tables |= tables
        if isinstance(item, Projection):
            self._projections.add(item.name)

    def _check_metric(self, metric: Metric) -> None:
        for name in ("title", "description", "unit"):
            if not isinstance(getattr(metric, name, None), str):
                raise ValueError(f"{name} must be text")
        projection = getattr(metric, "projection", None)
        if projection not in self._projections:
            known = ", ".join(sorted(self._projections)) or "none"
            raise ValueError(f"there is no projection {projection!r}; there are: {known}")

    def _tables_of(self, item: Projection | Metric) -> set[str]:
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


def _check_kinds(kinds: Any) -> None:
    if not isinstance(kinds, frozenset | set | list | tuple) or not kinds:
        raise ValueError("event_kinds must be a set of at least one kind")
    for kind in kinds:
        known = isinstance(kind, str) and (kind in VERSIONS or kind.startswith(CUSTOM_PREFIX))
        if not known:
            raise ValueError(f"{kind!r} is no kind of CDEvent; for example service.deployed")
