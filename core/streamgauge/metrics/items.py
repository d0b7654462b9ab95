"""Items: what a metric's number is made of, one by one, and which of them a question is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from streamgauge.metrics.buckets import day_of
from streamgauge.metrics.frame import Key
from streamgauge.metrics.query import DIMENSIONS, MetricQuery

_ADDRESS: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?([^/:]+)(?::\d+)?[/:]+(.+)", re.I
)
_STARS: Final = re.compile(r"(\*\*?)")
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Item(NamedTuple):
    """A thing that a metric counts or measures: a deployment, a run of a pipeline."""

    at: datetime
    """The instant that puts it into a bucket."""
    dimensions: Mapping[str, str | None]
    """What it is filtered and grouped by: the tenant, and those others that it has. A team it gets
    from its service and its repository; a repository may be written as any address of it."""
    amount: float | None = None
    """In the metric's unit; 1 where it is only counted. None only where it does not count."""
    left_out: str | None = None
    """Why it does not count, as a word."""
    detail: Mapping[str, Any] = _NOTHING
    """What there is to say of it by itself."""


class Asked(NamedTuple):
    """An item that a question is about."""

    item: Item
    key: Key
    is_previous: bool
    """Whether it is of the range before the asked one."""


def asked(items: Iterable[Item], query: MetricQuery) -> Iterator[Asked]:
    """Those of the tenants, of the range or the one before it, that the filters let through."""
    since = query.previous.start
    for item in items:
        if since <= item.at < query.end:
            found = _dimensions(item, query)
            if _accepted(found, query):
                key = tuple(found.get(name) for name in query.group_by)
                yield Asked(item, key, item.at < query.start)


def repository_name(address: str) -> str:
    """What a repository is called however its address is written: ``github.com/acme/shop``.

    The scheme, a user, a port, ``.git`` and the case say nothing about which one it is.
    """
    match = _ADDRESS.fullmatch(address.strip())
    plain = f"{match[1]}/{match[2]}" if match else address
    return plain.strip("/").removesuffix(".git").lower()


def any_of(names: Sequence[str]) -> str:
    """A regular expression, of Python's or of Postgres's, of these repositories: in one, **
    stands for anything, * for anything but a slash."""
    parts = {"**": ".*", "*": "[^/]*"}
    found = (
        "".join(parts.get(part) or re.escape(part) for part in _STARS.split(name)) for name in names
    )
    return f"^({'|'.join(found)})$"


def _dimensions(item: Item, query: MetricQuery) -> Mapping[str, str | None]:
    found = {name: item.dimensions.get(name) for name in DIMENSIONS}
    if (repository := found["repository"]) is not None:
        found["repository"] = repository_name(repository)
    if "team" in query.group_by or "team" in query.filters:
        day = day_of(item.at, query.tz)
        found["team"] = query.teams.of(found["service"], found["repository"], day)
    return found


def _accepted(found: Mapping[str, str | None], query: MetricQuery) -> bool:
    if found["tenant"] not in query.tenants:
        return False
    return all(
        _is_repository(found[name], tuple(values))
        if name == "repository"
        else found[name] in values
        for name, values in query.filters.items()
    )


def _is_repository(name: str | None, wanted: tuple[str, ...]) -> bool:
    return name is not None and _repositories(wanted).search(name) is not None


@lru_cache
def _repositories(wanted: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(any_of([repository_name(each) for each in wanted]))
