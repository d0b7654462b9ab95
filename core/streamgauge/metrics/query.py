"""What a metric can be asked: a range, buckets, filters and groups, percentiles, a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import parameters as read
from streamgauge.metrics.buckets import INTERVALS, MONDAY, WEEKDAYS, midnight
from streamgauge.metrics.parameters import Given
from streamgauge.metrics.teams import Teams
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge.timestamps import format_rfc3339

FILTERS: Final = ("service", "environment", "tier", "repository", "team")
DIMENSIONS: Final = (*FILTERS, "tenant")
"""What items can be grouped by, and filtered: the tenant always is."""
TIERS: Final = ("production", "staging", "testing", "development", "other")
PARAMETERS: Final = (
    "from", "to", "interval", "tz", "week_start", *DIMENSIONS, "group_by", "percentile",
    "definition",
)  # fmt: skip
DEFAULT_RANGE: Final = timedelta(days=90)
LONGEST_RANGE: Final = timedelta(days=366 * 25)
NO_TEAMS: Final = Teams.none()


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A checked question. The range is `start` <= time < `end`."""

    start: datetime
    end: datetime
    interval: str
    tz: ZoneInfo
    filters: Mapping[str, Sequence[str]]
    """Dimension -> accepted values; a dimension that is not there is not filtered. Without the
    tenant."""
    group_by: Sequence[str]
    sparse: bool = False
    """Whether to leave out the buckets in which nothing happened."""
    tenants: Sequence[str] = (DEFAULT_TENANT,)
    """Whose items are counted."""
    week_start: str = MONDAY
    percentiles: Sequence[float] = ()
    """Which to answer beside the value: above 0 and below 100, whole ones as int."""
    definition: str | None = None
    """The name of the definition to answer by; None means the one that is configured."""
    teams: Teams = NO_TEAMS
    """The teams as they were when it was asked."""
    as_of: int | None = None
    """The position up to which the answer is, in the log of CDEvents; set when it is read."""

    @classmethod
    def parse(cls, parameters: Given, *, now: datetime, teams: Teams = NO_TEAMS) -> MetricQuery:
        """Check the parameters of a URL, each with all of its values.

        Without `from`, the 90 days before `to`; without `to`, until the day of `now` is over, so
        that until then the same question is one; without `tenant`, the default tenant's items.
        Raises InvalidQuery that names the parameter and lists what is allowed.
        """
        for name in parameters:
            if name not in PARAMETERS:
                raise InvalidQuery("there is no such parameter", where=name, allowed=PARAMETERS)
        tz = read.zone(parameters, "tz")
        start, end = _range(parameters, tz, now)
        group_by = read.listed(parameters, "group_by")
        read.check("group_by", group_by, DIMENSIONS)
        return cls(
            start=start,
            end=end,
            interval=read.choice(parameters, "interval", INTERVALS, default="week"),
            tz=tz,
            filters=_filters(parameters, teams),
            group_by=group_by,
            tenants=read.texts(parameters, "tenant") or [DEFAULT_TENANT],
            week_start=read.choice(parameters, "week_start", WEEKDAYS, default=MONDAY),
            percentiles=read.percentiles(parameters, "percentile"),
            definition=read.definition(parameters, "definition"),
            teams=teams,
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

    @property
    def previous(self) -> MetricQuery:
        """The same question of the range of the same length that ends where this one begins.

        Where the range is whole days of the zone, as many days by its calendar, however long they
        were; else of the same duration.
        """
        start = self.start - (self.end - self.start)
        first, after = (moment.astimezone(self.tz).date() for moment in (self.start, self.end))
        if (midnight(first, self.tz), midnight(after, self.tz)) == (self.start, self.end):
            by_days = midnight(first - (after - first), self.tz)
            # A day that its zone has skipped, at the date line, is no range.
            start = by_days if by_days < self.start else start
        return replace(self, start=start, end=self.start)

    def only_by(self, *dimensions: str) -> None:
        """Raise InvalidQuery where it filters or groups by any other dimension than these.

        For a metric whose items do not have them all: what it ignored would look like an answer.
        """
        asked = [
            *((name, name) for name in self.filters),
            *((n, "group_by") for n in self.group_by),
        ]
        for name, where in asked:
            if name not in dimensions:
                raise InvalidQuery(f"this metric knows no {name}", where=where, allowed=dimensions)

    def definition_among(self, names: Sequence[str], configured: str) -> str:
        """The name of the definition to answer by: the configured one where none is asked for.

        For a metric with definitions of its own, or with none but the one. Raises InvalidQuery for
        a name that is not among them.
        """
        if self.definition is None:
            return configured
        if self.definition not in names:
            raise InvalidQuery(
                f"there is no definition {self.definition[:40]!r}",
                where="definition",
                allowed=names,
            )
        return self.definition

    def range(self) -> dict[str, str]:
        """The range, as parameters."""
        return {
            "from": self.start.astimezone(self.tz).isoformat(),
            "to": self.end.astimezone(self.tz).isoformat(),
        }

    def echo(self) -> dict[str, object]:
        """The question as an answer repeats it, with the defaults filled in.

        Without the definition: an answer says by which one it is.
        """
        filters = {name: list(self.filters[name]) if name in self.filters else None
                   for name in FILTERS}  # fmt: skip
        return {
            **self.range(),
            "interval": self.interval,
            "tz": self.tz.key,
            "week_start": self.week_start,
            **filters,
            "tenant": list(self.tenants),
            "group_by": list(self.group_by),
            "percentile": list(self.percentiles),
        }


def _range(given: Given, tz: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    end = read.instant(given, "to", tz)
    start = read.instant(given, "from", tz)
    if end is None:
        # Not now: until the day is over the same question is the same, and so is its answer.
        tomorrow = now.astimezone(tz).date() + timedelta(days=1)
        end = midnight(tomorrow, tz)
        start = start or midnight(tomorrow - DEFAULT_RANGE, tz)
    end = read.within(end, "to")
    start = start or end - DEFAULT_RANGE
    if start >= end:
        raise InvalidQuery(f"must be before 'to', which is {format_rfc3339(end)}", where="from")
    if end - start > LONGEST_RANGE:
        raise InvalidQuery("the range may not be longer than 25 years", where="from")
    return read.within(start, "from"), end


def _filters(given: Given, teams: Teams) -> Mapping[str, Sequence[str]]:
    filters = {name: found for name in FILTERS if (found := read.texts(given, name))}
    read.check("tier", filters.get("tier", ()), TIERS)
    if "team" in filters and not teams.names():
        raise InvalidQuery("there are no teams; the setting 'teams' names their file", where="team")
    read.check("team", filters.get("team", ()), teams.names())
    return filters
