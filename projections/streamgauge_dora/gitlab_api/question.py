"""The parameters of GitLab's endpoint, checked in its order and refused in its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from streamgauge_dora.gitlab_api.refusals import malformed, not_allowed

METRICS: Final[Mapping[str, str]] = {
    "deployment_frequency": "deployment_frequency",
    "lead_time_for_changes": "change_lead_time",
    "time_to_restore_service": "failed_deployment_recovery_time",
    "change_failure_rate": "change_fail_rate",
}
"""GitLab's name -> ours."""
INTERVALS: Final[Mapping[str, str]] = {"all": "all", "monthly": "month", "daily": "day"}
TIERS: Final = ("production", "staging", "testing", "development", "other")
LONGEST_DAYS: Final = 180


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in our words; the last day is included."""

    metric: str
    first: date
    last: date
    interval: str
    tiers: Sequence[str]

    @classmethod
    def read(cls, query: Mapping[str, Sequence[str]], today: date) -> Question:
        """Raises Refused. A parameter without a value counts as not given, one that GitLab does
        not know is passed over, as it does."""
        wrong, dates = [], {}
        metric = _last(query, "metric")
        if metric is None:
            wrong.append("metric is missing")
        for name, default in (("start_date", three_months_before(today)), ("end_date", today)):
            found = dates[name] = _date(_last(query, name), default)
            if found is None:
                wrong.append(f"{name} is invalid")
        first, last = dates["start_date"], dates["end_date"]
        if metric is None or first is None or last is None:
            raise malformed(", ".join(wrong))
        question = cls(metric, first, last, _last(query, "interval") or "daily", _tiers(query))
        question._check()
        return cls(METRICS[metric], first, last, INTERVALS[question.interval], question.tiers)

    def _check(self) -> None:
        if (self.last - self.first).days > LONGEST_DAYS:
            raise not_allowed(f"Date range must be shorter than {LONGEST_DAYS} days.")
        if self.first >= self.last:
            raise not_allowed("The start date must be earlier than the end date.")
        if self.interval not in INTERVALS:
            raise not_allowed(f"The interval must be one of {','.join(INTERVALS)}.")
        if self.metric not in METRICS:
            raise not_allowed(f"The metric must be one of {','.join(METRICS)}.")
        if not set(self.tiers) <= set(TIERS):
            raise not_allowed(f"The environment tiers must be from {', '.join(TIERS)}.")

    def parameters(self, repositories: Sequence[str]) -> dict[str, list[str]]:
        """The question as one to a metric."""
        return {
            "from": [self.first.isoformat()],
            "to": [(self.last + timedelta(days=1)).isoformat()],
            "interval": [self.interval],
            "tier": list(self.tiers),
            "repository": list(repositories),
            "definition": ["gitlab"],
        }


def three_months_before(day: date) -> date:
    """The same day three months before; the month's last one where it has no such day."""
    months = day.year * 12 + day.month - 1 - 3
    first = date(months // 12, months % 12 + 1, 1)
    return first.replace(day=min(day.day, _days_of(first)))


def _days_of(first: date) -> int:
    return ((first + timedelta(days=31)).replace(day=1) - first).days


def _date(text: str | None, default: date) -> date | None:
    if text is None:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year < 2999 else None  # beyond that no event is


def _tiers(query: Mapping[str, Sequence[str]]) -> Sequence[str]:
    names = ("environment_tiers[]", "environment_tiers", "environment_tier")
    given = [tier for name in names for tier in query.get(name, ()) if tier]
    return list(dict.fromkeys(given)) or ["production"]


def _last(query: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = query.get(name, ())
    return values[-1] if values and values[-1] else None
