"""What a metric can be asked: a range, an interval, a time zone, filters and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from streamgauge.errors import InvalidQuery
from streamgauge.metrics.buckets import INTERVALS
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.timestamps import format_rfc3339, parse_rfc3339

DIMENSIONS: Final = ("service", "environment")
PARAMETERS: Final = ("from", "to", "interval", "tz", "group_by", *DIMENSIONS)
DEFAULT_RANGE = timedelta(days=90)
LONGEST_RANGE = timedelta(days=366 * 25)


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A checked question. The range is `start` <= time < `end`."""

    start: datetime
    end: datetime
    interval: str
    tz: ZoneInfo
    filters: Mapping[str, Sequence[str]]
    """Dimension -> accepted values; a dimension that is not there is not filtered."""
    group_by: Sequence[str]
    sparse: bool = False
    """Whether to leave out the buckets in which nothing happened."""
    tenant: str = DEFAULT_TENANT
    as_of: int | None = None
    """The position up to which the answer is, in the log of CDEvents; set when it is read."""

    @classmethod
    def parse(cls, parameters: Mapping[str, Sequence[str]], *, now: datetime) -> MetricQuery:
        """Check the parameters of a URL, each with all of its values.

        Without `from`, the 90 days before `to`; without `to`, until `now`. Raises InvalidQuery
        that names the parameter and lists what is allowed.
        """
        for name in parameters:
            if name not in PARAMETERS:
                raise InvalidQuery("there is no such parameter", where=name, allowed=PARAMETERS)
        zone = _single(parameters, "tz")
        tz = _zone("UTC" if zone is None else zone)
        end = _instant(parameters, "to", tz) or now
        start = _instant(parameters, "from", tz) or _before(end, DEFAULT_RANGE)
        if start >= end:
            raise InvalidQuery(f"must be before 'to', which is {format_rfc3339(end)}", where="from")
        if end - start > LONGEST_RANGE:
            raise InvalidQuery("the range may not be longer than 25 years", where="from")
        return cls(
            start=start,
            end=end,
            interval=_choice(parameters, "interval", INTERVALS, default="week"),
            tz=tz,
            filters={d: _values(parameters, d) for d in DIMENSIONS if d in parameters},
            group_by=_dimensions(parameters),
        )

    @classmethod
    def everything(cls, *, interval: str, group_by: Sequence[str], now: datetime) -> MetricQuery:
        """All of history up to `now`, in UTC, as far back as a range may reach, sparse."""
        return cls(
            start=now - LONGEST_RANGE,
            end=now,
            interval=interval,
            tz=ZoneInfo("UTC"),
            filters={},
            group_by=group_by,
            sparse=True,
        )

    def echo(self) -> dict[str, object]:
        """The question as an answer repeats it, with the defaults filled in."""
        return {
            "from": self.start.astimezone(self.tz).isoformat(),
            "to": self.end.astimezone(self.tz).isoformat(),
            "interval": self.interval,
            "tz": self.tz.key,
            **{d: list(self.filters[d]) if d in self.filters else None for d in DIMENSIONS},
            "group_by": list(self.group_by),
        }


def _single(parameters: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = parameters.get(name, ())
    if len(values) > 1:
        raise InvalidQuery("may be given once", where=name)
    return values[0] if values else None


def _choice(
    parameters: Mapping[str, Sequence[str]], name: str, allowed: Iterable[str], *, default: str
) -> str:
    value = _single(parameters, name)
    if value is None:
        return default
    allowed = list(allowed)
    if value not in allowed:
        raise InvalidQuery(f"{value[:40]!r} is not allowed", where=name, allowed=allowed)
    return value


def _values(parameters: Mapping[str, Sequence[str]], name: str) -> list[str]:
    values = list(dict.fromkeys(parameters[name]))
    if not all(values):
        raise InvalidQuery("must not be empty", where=name)
    if any("\0" in value for value in values):
        raise InvalidQuery("holds a character that is not allowed", where=name)
    return values


def _dimensions(parameters: Mapping[str, Sequence[str]]) -> list[str]:
    names = [n for value in parameters.get("group_by", ()) for n in value.split(",")]
    for name in names:
        if name not in DIMENSIONS:
            raise InvalidQuery(
                f"{name[:40]!r} is not allowed", where="group_by", allowed=DIMENSIONS
            )
    return list(dict.fromkeys(names))


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise InvalidQuery(
            f"{name[:40]!r} is no IANA time zone; for example Europe/Berlin or UTC", where="tz"
        )
    return ZoneInfo(name)


_ZONES: set[str] = set()


def _zones() -> set[str]:
    if not _ZONES:  # reading the zone list takes milliseconds, once
        _ZONES.update(available_timezones() - {"Factory", "localtime", "posixrules"})
    return _ZONES


def _instant(parameters: Mapping[str, Sequence[str]], name: str, tz: ZoneInfo) -> datetime | None:
    """A day, which begins at its midnight in `tz`, or an RFC 3339 instant."""
    text = _single(parameters, name)
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
        # A + in a URL's query reads as a space.
        return parse_rfc3339(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise InvalidQuery(
            f"{text[:40]!r} is neither a day such as 2026-01-31 nor an instant such as "
            "2026-01-31T08:00:00Z",
            where=name,
        ) from None


def _before(end: datetime, span: timedelta) -> datetime:
    try:
        return end - span
    except OverflowError:
        raise InvalidQuery("is too early", where="to") from None
