"""Deployments of which none is to production: all metrics are empty then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from streamgauge.streams.recorder import DEFAULT_TENANT

METRIC = "deployment_frequency"
_FEW = 8
_MOST = 100
"""Tenants that are looked at."""


def no_production(
    database: Database, plugins: Plugins, tenants: Iterable[str]
) -> Iterator[Finding]:
    """Tenants that have deployments, of which no environment counts as production."""
    if METRIC in plugins.metrics:
        for tenant in sorted(tenants)[:_MOST]:
            yield from _of_tenant(database, plugins, tenant)


def _of_tenant(database: Database, plugins: Plugins, tenant: str) -> Iterator[Finding]:
    everything = replace(
        MetricQuery.everything(interval="year", group_by=("environment",), now=datetime.now(UTC)),
        tenants=[tenant],
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
            f"there are deployments{_whose(tenant)}, to {named}, and none of these counts as"
            " production: every metric is empty",
            "plugins.dora.definition",
            "name yours in the definition: production = [...] under [environments]"
            " (docs/how-to/change-a-definition.md)",
        )


def _whose(tenant: str) -> str:
    return "" if tenant == DEFAULT_TENANT else f" of the tenant {tenant}"


def _groups(database: Database, plugins: Plugins, query: MetricQuery) -> set[str]:
    found: dict[str, Any] = answer(database, plugins, METRIC, query)
    return {
        str(group["environment"])
        for group in found["groups"]
        if any(bucket["volume"] for bucket in group["buckets"])
    }
