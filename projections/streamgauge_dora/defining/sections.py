"""What a definition says of each metric: a formula by name, and what that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

STATISTICS: Final = ("median", "lower_median", "mean", "median_of_days", "mean_of_services")
ROUNDINGS: Final = ("none", "minutes_up", "minutes_down", "hours_down")
_REWORK: Final = ("given", "rollback", "revert", "hotfix", "incident")

Allowed = Sequence[str] | type
"""What a key may be: one of these texts, or a value of this type; a list of texts by `list`."""

_NO_DATA: Final[Mapping[str, Allowed]] = {"no_data": int}
_DURATION: Final[Mapping[str, Allowed]] = {
    "statistic": STATISTICS,
    "rounding": ROUNDINGS,
    **_NO_DATA,
}
_INCIDENTS: Final[Mapping[str, Allowed]] = {
    "since": ("detected", "deployment"),
    "by": ("since", "resolved"),
    "everywhere": bool,
    "each_environment": bool,
    "strictly_before": bool,
    **_DURATION,
}
_CHANGES: Final[Mapping[str, Allowed]] = {
    "since": ("first_commit", "created", "merged"),
    "only_merged": bool,
    "only_positive": bool,
    "each_environment": bool,
    "baseline": bool,
    **_DURATION,
}
_SHARE: Final[Mapping[str, Allowed]] = {"percent": bool, **_NO_DATA}

SECTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Allowed]]]] = {
    "deployment_frequency": {
        "days_per_week": {},
        "per_day": {},
        "count": {},
        "between_first_and_last": {},
        "images": {},
        "devlake": {},
        "fourkeys": {},
        "middleware": {},
    },
    "change_lead_time": {
        "changes": _CHANGES,
        "devlake": _DURATION,
        "commits": {"only_positive": bool, **_DURATION},
        "pushed_commits": {"only_positive": bool, **_DURATION},
        "artifacts": _DURATION,
        "images": _DURATION,
        "merges": _DURATION,
        "none": {},
    },
    "change_fail_rate": {
        "failed_deployments": {"strictly_before": bool, **_SHARE},
        "incidents": {"each_environment": bool, **_SHARE},
        "incident_events": _SHARE,
        "rollbacks": _SHARE,
        "failures_per_image": _SHARE,
        "none": {},
    },
    "failed_deployment_recovery_time": {
        "failed_deployments": _DURATION,
        "incidents": _INCIDENTS,
        "fourkeys": {},
        "none": {},
    },
    "deployment_rework_rate": {"rework": {"rules": _REWORK, **_SHARE}, "none": {}},
}
"""Metric -> formula -> what it may be told."""

_LISTS: Final = frozenset({"rules"})


@dataclass(frozen=True, slots=True)
class Section:
    """The formula of a metric."""

    formula: str
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, metric: str, table: Mapping[str, Any]) -> Section:
        """Raises ValueError that says what is wrong."""
        formulas = SECTIONS[metric]
        formula = table.get("formula")
        if not isinstance(formula, str) or formula not in formulas:
            raise ValueError(f"[{metric}] formula must be one of {', '.join(formulas)}")
        told = {key: value for key, value in table.items() if key != "formula"}
        keys = formulas[formula]
        for key, value in told.items():
            if key not in keys:
                known = ", ".join(keys) or "nothing"
                raise ValueError(f"[{metric}] {key}: the formula {formula} is told {known}")
            _check(f"[{metric}] {key}", value, keys[key], many=key in _LISTS)
        return cls(formula, told)

    def text(self, key: str, default: str) -> str:
        """A word that it is told."""
        return str(self.told.get(key, default))

    def flag(self, key: str) -> bool:
        """Whether it is told so."""
        return bool(self.told.get(key, False))


def _check(where: str, value: Any, allowed: Allowed, *, many: bool) -> None:
    if isinstance(allowed, type):
        if not isinstance(value, allowed) or (allowed is int and isinstance(value, bool)):
            names = {bool: "true or false", int: "a whole number"}
            raise ValueError(f"{where} must be {names[allowed]}")
    elif many:
        if not isinstance(value, list) or not set(map(str, value)) <= set(allowed):
            raise ValueError(f"{where} must be a list of some of {', '.join(allowed)}")
    elif value not in allowed:
        raise ValueError(f"{where} must be one of {', '.join(allowed)}")
