"""Deployment frequency: deployments counted, by the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from streamgauge.metrics.buckets import buckets, floor
from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.statistics import Statistic, lower_median, median
from streamgauge_dora.bands import Frequency
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.calendar import busy_days, days_in, half_years, six_months
from streamgauge_dora.formulas.fourkeys import FourkeysFrequency

PER_DAY: Final = "deployments per day"
NONE: Final = "there is no deployment in this range"


class Counted(Formula):
    """What all of these formulas load: deployments, counted by day."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """Deployments."""
        return deployments.load(scope)


class DaysPerWeek(Counted):
    """The median, over the whole weeks of the range, of the days with a deployment; weeks without
    one count as 0."""

    statistic: Statistic = staticmethod(median)
    whole = True

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null where the range holds no deployment, or no whole week."""
        days = busy_days(items)
        n, weeks = sum(item.n for item in items), self._per("week", days, period)
        value = self._typical(weeks) if n else None
        reason = None
        if value is None:
            reason = NONE if n == 0 else "the range holds no whole week"
        more = {"weeks": len(weeks), "volume": n, "days": len(days)}
        often = None
        if value is not None and period.banded:
            often = Frequency(
                value,
                self._typical(self._per("month", days, period)),
                self._per_half_year(days, period),
            )
        return Value(value, n, reason, more, measured=often)

    def _per(self, interval: str, days: Counter[Any], period: Period) -> list[int]:
        week_start = self._week_start(period)
        busy = Counter(floor(day, interval, week_start) for day in days)
        spans = buckets(period.start, period.end, interval, period.query.tz, week_start)
        return [busy[span.first] for span in spans if span.whole or not self.whole]

    def _per_half_year(self, days: Counter[Any], period: Period) -> float | None:
        return self._typical(half_years(days, period))

    def _week_start(self, period: Period) -> str:
        return period.query.week_start

    def _typical(self, counts: Sequence[int]) -> float | None:
        return float(self.statistic(counts)) if counts else None


class Devlake(DaysPerWeek):
    """The lower median, over all weeks that the range touches, the cut ones too."""

    statistic = staticmethod(lower_median)
    whole = False

    def _per_half_year(self, days: Counter[Any], period: Period) -> float | None:
        """The upper median, since here DevLake looks from above."""
        busy = six_months(days, period)
        return float(sorted(busy)[len(busy) // 2]) if busy else None

    def _week_start(self, period: Period) -> str:
        return "monday"


class PerDay(Counted):
    """Deployments through the days of the range, the first and the last one included."""

    own_unit = PER_DAY

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null where there is none: the original has no row then."""
        n = sum(item.n for item in items)
        if n == 0:
            return Value(None, 0, NONE, {"volume": 0})
        value = n / len(days_in(period))
        often = Frequency(None, None, None, deployments_per_day=value)
        return Value(value, n, None, {"volume": n}, measured=often)


class Count(Counted):
    """How many."""

    own_unit = "deployments"

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """0 where there is none: it is a count."""
        n = sum(item.n for item in items)
        return Value(n, n, None, {"volume": n})


class BetweenFirstAndLast(Formula):
    """Deployments through the days between the first and the last of them."""

    own_unit = PER_DAY

    def load(self, scope: Scope) -> Iterator[Item]:
        """Deployments one by one, each with its time, which is no duration."""
        for item in deployments.each(scope, "extract(epoch from d.finished_at)::float8"):
            yield item._replace(amounts=(), parts=item.amounts)

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null for fewer than two, and where all are at one moment."""
        times = [item.parts[0] for item in items]
        volume = {"volume": len(times)}
        days = (max(times) - min(times)) / 86_400 if times else 0
        if days == 0:
            few = "there are fewer than two moments with a deployment"
            return Value(None, len(times), few, volume)
        often = Frequency(None, None, None, deployments_per_day=len(times) / days)
        return Value(often.deployments_per_day, len(times), None, volume, measured=often)


class Images(Formula):
    """How many different artifacts of services were deployed."""

    own_unit = "artifacts of services"

    def load(self, scope: Scope) -> Iterator[Item]:
        """Deployments one by one, each with what was deployed."""
        mark = "d.service || ' ' || d.artifact"
        for item in deployments.each(scope, "null::float8", mark=mark):
            yield item if item.mark else item._replace(left_out=item.left_out or "no_artifact")

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """0 where there is none: it is a count."""
        different = len({item.mark for item in items})
        return Value(different, len(items), None, {"volume": len(items)})


class Middleware(Counted):
    """Deployments through the days, weeks or months that the range touches, without the rest; by
    the question's interval."""

    own_unit = "deployments per day, week or month, by the interval"

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """0 where there are fewer than one for each."""
        n = sum(item.n for item in items)
        daily = n // len(days_in(period))
        weekly = max(n // self._touched("week", period), daily * 7)
        monthly = max(n // self._touched("month", period), daily * 30)
        more = {"volume": n, "daily": daily, "weekly": weekly, "monthly": monthly}
        value = {"day": daily, "month": monthly}.get(period.query.interval, weekly)
        return Value(value, n, None, more)

    def _touched(self, interval: str, period: Period) -> int:
        return len(list(buckets(period.start, period.end, interval, period.query.tz)))


FORMULAS: Final[Mapping[str, Formula]] = {
    "days_per_week": DaysPerWeek(),
    "per_day": PerDay(),
    "count": Count(),
    "between_first_and_last": BetweenFirstAndLast(),
    "images": Images(),
    "devlake": Devlake(),
    "fourkeys": FourkeysFrequency(),
    "middleware": Middleware(),
}
