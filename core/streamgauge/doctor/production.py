"""Deployments of which none is to production: all metrics are empty then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from streamgauge.doctor.finding import Finding
from streamgauge.errors import StreamgaugeError
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.metrics.query import TIERS
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database

METRIC = "deployment_frequency"
_FEW = 8


def no_production(database: Database, plugins: Plugins) -> Iterator[Finding]:
    """Where there are deployments, and no environment of theirs counts as production."""
    if METRIC not in plugins.metrics:
        return
    everything = MetricQuery.everything(
        interval="year", group_by=("environment",), now=datetime.now(UTC)
    )
    try:
        everywhere = _groups(database, plugins, replace(everything, filters={"tier": TIERS}))
        production = _groups(
            database, plugins, replace(everything, filters={"tier": ("production",)})
        )
    except StreamgaugeError:  # it has no tables yet, say: then there are no deployments either
        return
    if everywhere and not production:
        seen = sorted(everywhere)
        named = ", ".join(seen[:_FEW]) + (" and others" if len(seen) > _FEW else "")
        yield Finding(
            "no-production",
            f"there are deployments, to {named}, and none of these counts as production: every"
            " metric is empty",
            "plugins.dora.definition",
            "name yours in the definition: production = [...] under [environments]"
            " (docs/how-to/change-a-definition.md)",
        )


def _groups(database: Database, plugins: Plugins, query: MetricQuery) -> set[str]:
    found: dict[str, Any] = answer(database, plugins, METRIC, query)
    return {
        str(group["environment"])
        for group in found["groups"]
        if any(bucket["volume"] for bucket in group["buckets"])
    }
