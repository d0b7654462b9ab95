"""A change that goes to several places counts once among all, and once in each group."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streamgauge.metrics.teams import Entry, Teams
from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, query
from tests.dora.world import World, deployed, pushed

HOUR = 3600
TEAMS = Teams([Entry("checkout", ["shop"], []), Entry("payments", ["pay"], [])])
SHOP = {"service": "shop", "environment": "production"}
PAY = {"service": "pay", "environment": "prod-eu"}


@pytest.mark.parametrize(
    ("group_by", "names"),
    [
        ("service", ("shop", "pay")),
        ("environment", ("production", "prod-eu")),
        ("service,environment,tier,repository,tenant", ("shop", "pay")),
        ("team", ("checkout", "payments")),
        ("tenant", ("default",)),
    ],
)
def test_once_among_all_and_once_in_each_group(
    shared_database: Database, group_by: str, names: tuple[str, ...]
) -> None:
    world = World(shared_database)
    world.tell(
        [pushed(0, "a"), pushed(2, "b", written={"b": 1})]
        + [deployed(f"first of {each['service']}", 0.5, "a", **each) for each in (SHOP, PAY)]
        + [deployed("shop", 3, "b", **SHOP), deployed("pay", 6, "b", **PAY)]
    )
    asked = replace(query(group_by=group_by), teams=TEAMS)
    metric = METRICS["change_lead_time"]
    with world.database.snapshot() as cursor:
        found = metric.answer(cursor, world.tables, asked, metric.definition()).result
    everything = (2 * HOUR, 1, {"counted_before": 1, "first_deployment": 2})
    assert (found["value"], found["n"], found["left_out"]) == everything
    groups = {
        group[group_by.split(",")[0]]: (group["value"], group["n"], group["left_out"])
        for group in found["groups"]
    }
    of_each = [(hours * HOUR, 1, {"first_deployment": 1}) for hours in (2, 5)]
    assert groups == dict(zip(names, of_each if len(names) > 1 else [everything], strict=True))
