"""Deployment frequency as fourkeys has it: a word, by the median of weeks from Sunday on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

from psycopg.sql import SQL

from streamgauge.metrics.buckets import day_of, floor
from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import median
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.calendar import days_in

# When the first event of all was: a push counts at the time of its last commit. Deployments are
# looked at by themselves, since mostly one of them is early enough to say that nothing is cut off.
_FIRST_DEPLOYMENT: Final = """
select min(finished_at) from {deployments} where tenant = any(%(tenants)s) and {known}
"""
_FIRST_EVENT: Final = """
select min(at) from (
    select min(at) as at from {incident_events} where tenant = any(%(tenants)s) and {known}
    union all
    select min(at) from {change_events} where tenant = any(%(tenants)s) and {known}
    union all
    select min(at) from {artifact_events} where tenant = any(%(tenants)s) and {known}
    union all
    select min(at) from (
        select distinct on (event_key) coalesce(authored_at, pushed_at) as at from {commits}
        where tenant = any(%(tenants)s) and {known}
        order by event_key, place desc
    ) last
) first
"""


class FourkeysFrequency(Formula):
    """Daily, Weekly, Monthly or Yearly."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """Deployments; each with the day of the first event that there ever was."""
        first = _first_day(scope)
        for item in deployments.load(scope):
            left_out = item.left_out or ("on_the_first_day" if item.day <= first else None)
            yield item._replace(mark=str(first.toordinal()), left_out=left_out)

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """The median number of days with a deployment in a week; the band is the word for it.

        The calendar begins on the day after the first event of all, and has the cut weeks of the
        range. Without any deployment the word is Yearly.
        """
        days = _calendar(items, period)
        deployed = {item.day for item in items}
        weeks: Counter[date] = Counter({floor(day, "week", "sunday"): 0 for day in days})
        for day in days:
            weeks[floor(day, "week", "sunday")] += day in deployed
        n = sum(item.n for item in items)
        if not weeks:
            early = "the range ends before the day after the first event"
            return Value(None, n, early, {"volume": n})
        busy = {week: int(count > 0) for week, count in weeks.items()}
        value = median([float(count) for count in weeks.values()])
        return Value(value, n, more={"weeks": len(weeks), "volume": n}, band=_word(value, busy))


def _first_day(scope: Scope) -> date:
    """The day of the first event; where there is none there is no deployment either."""
    known = SQL("true" if scope.query.as_of is None else "position <= %(as_of)s")
    ((first,),) = scope.fetch(SQL(_FIRST_DEPLOYMENT).format(known=known, **scope.tables))
    if first is None:
        return date.min
    if first >= scope.since - timedelta(days=1):
        ((event,),) = scope.fetch(SQL(_FIRST_EVENT).format(known=known, **scope.tables))
        first = min(first, event or first)
    return day_of(first, scope.query.tz)


def _calendar(items: Sequence[Item], period: Period) -> list[date]:
    after_first = int(items[0].mark) + 1 if items else 0
    return [date.fromordinal(day) for day in days_in(period) if day >= after_first]


def _word(days_per_week: float, busy: dict[Any, int]) -> str:
    if days_per_week >= 3:
        return "Daily"
    if median(list(busy.values())) >= 1:
        return "Weekly"
    months: Counter[tuple[int, int]] = Counter()
    for week, is_busy in busy.items():
        months[(week.year, week.month)] += is_busy
    if median([months[(week.year, week.month)] for week in busy]) >= 1:
        return "Monthly"
    return "Yearly"
