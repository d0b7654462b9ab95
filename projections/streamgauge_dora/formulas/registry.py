"""All formulas, by the metric and by the name that definitions have for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streamgauge_dora.asking.formula import Formula
from streamgauge_dora.formulas import (
    devlake,
    fail_rate,
    frequency,
    lead_time,
    recovery,
    restore,
    rework,
)

FORMULAS: Final[Mapping[str, Mapping[str, Formula]]] = {
    "deployment_frequency": frequency.FORMULAS,
    "change_lead_time": {**lead_time.FORMULAS, "devlake": devlake.PullRequests()},
    "change_fail_rate": fail_rate.FORMULAS,
    "failed_deployment_recovery_time": {**recovery.FORMULAS, "fourkeys": restore.RestoreTime()},
    "deployment_rework_rate": rework.FORMULAS,
}
"""Metric -> formula, as defining.sections has them."""
