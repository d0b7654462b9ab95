"""What is asked of a list, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import parameters as read
from streamgauge.metrics.parameters import Given
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.timestamps import format_rfc3339, parse_rfc3339

COMMON: Final = ("tenant", "from", "to", "limit", "cursor")
"""The parameters that all lists have."""
DEFAULT_LIMIT: Final = 100
LONGEST_PAGE: Final = 1000


class Place(NamedTuple):
    """Where in a list an item is: lists go by time, then by id, both descending.

    Ids are compared as texts, byte by byte: ``collate "C"``.
    """

    at: datetime
    id: str

    def __str__(self) -> str:
        """As it stands in a URL, not yet percent-encoded."""
        return f"{format_rfc3339(self.at)} {self.id}"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A checked question. The range is `start` <= time < `end`, where they are given."""

    filters: Mapping[str, Sequence[str]]
    """Parameter -> accepted values; what is not there is not filtered. Without the tenant."""
    tenant: str = DEFAULT_TENANT
    start: datetime | None = None
    end: datetime | None = None
    limit: int = DEFAULT_LIMIT
    after: Place | None = None
    """The last item of the page before."""
    as_of: int | None = None
    """The position up to which the answer is, in the log of CDEvents; set when it is read."""

    @classmethod
    def parse(cls, given: Given, filters: Mapping[str, Sequence[str]]) -> ListQuery:
        """Check the parameters of a URL, each with all of its values.

        Raises InvalidQuery that names the parameter and lists what is allowed.
        """
        allowed = (*filters, *COMMON)
        for name in given:
            if name not in allowed:
                raise InvalidQuery("there is no such parameter", where=name[:40], allowed=allowed)
        found = {name: texts for name in filters if (texts := read.texts(given, name))}
        for name, texts in found.items():
            if filters[name]:
                read.check(name, texts, filters[name])
        start, end = _instant(given, "from"), _instant(given, "to")
        if start is not None and end is not None and start >= end:
            raise InvalidQuery(f"must be before 'to', which is {format_rfc3339(end)}", where="from")
        return cls(
            filters=found,
            tenant=_tenant(given),
            start=start,
            end=end,
            limit=_limit(read.single(given, "limit")),
            after=_place(read.single(given, "cursor")),
        )


def _tenant(given: Given) -> str:
    read.single(given, "tenant")
    return next(iter(read.texts(given, "tenant")), DEFAULT_TENANT)


def _instant(given: Given, name: str) -> datetime | None:
    found = read.instant(given, name, ZoneInfo("UTC"))
    return None if found is None else read.within(found, name)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (
        text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= LONGEST_PAGE
    ):
        raise InvalidQuery(f"must be a whole number from 1 to {LONGEST_PAGE}", where="limit")
    return int(text)


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    at, _, id_ = text.partition(" ")
    try:
        place = Place(parse_rfc3339(at), id_)
    except ValueError:
        place = None
    if place is None or not id_ or "\0" in id_:
        raise InvalidQuery("is none that a page has named in `next`", where="cursor")
    return place
