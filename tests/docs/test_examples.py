"""The projection, derived facts and metric that the documentation shows work as it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from streamgauge import CDEvent, cdevents
from streamgauge.lists import ListQuery
from streamgauge.lists.read import read_page
from streamgauge.metrics import MetricQuery
from streamgauge.metrics.answer import answer
from streamgauge.postgres.database import Database
from tests.helpers import (
    START,
    a_deployment,
    append_cdevents,
    drain,
    plugins_with,
    processors,
    rows,
)
from tests.helpers import replay as replayed

STAGES = Path(__file__).parents[2] / "docs/stages"


def the_class(page: str, name: str) -> Any:
    blocks = re.findall(r"^```python\n(.*?)^```", (STAGES / page).read_text(), re.M | re.S)
    (code,) = [block for block in blocks if f"class {name}(" in block]
    found: dict[str, Any] = {}
    exec(code, found)  # the documentation's own code
    return found[name]


def removals() -> list[CDEvent]:
    return [
        cdevents.service.removed(
            id=f"r{n}", source="/t", timestamp=START + timedelta(days=n), subject_id=f"s{n % 2}",
            environment="production",
        )
        for n in range(5)
    ]  # fmt: skip


def test_the_projection(database: Database) -> None:
    plugins = plugins_with(projections=[the_class("projections.md", "Removals")()])
    append_cdevents(database, [*removals(), a_deployment(1), *removals()])
    drain(*processors(database, plugins))
    before = rows(database, "select service, removed_at from removals order by removed_at")
    assert [service for service, _ in before] == ["s0", "s1", "s0", "s1", "s0"]
    replayed(database, plugins, "removals")
    assert rows(database, "select service, removed_at from removals order by removed_at") == before


def test_the_derived_facts(database: Database) -> None:
    projection, derived = (the_class("projections.md", n)() for n in ("Removals", "LastRemovals"))
    plugins = plugins_with(projections=[projection, derived])
    live = processors(database, plugins)
    query = "select service, times, removed_at, position from last_removals__{} order by 1"
    for n in range(5):
        removed = cdevents.service.removed(
            id=f"r{n}", source="/t", timestamp=START - timedelta(days=n), subject_id=f"s{n % 2}",
            environment="production",
        )  # fmt: skip
        append_cdevents(database, [removed])
        drain(*live)
    before = rows(database, query.format(1))
    day = timedelta(days=1)
    assert before == [("s0", 3, START, 5), ("s1", 2, START - day, 4)]
    replayed(database, plugins, "removals")
    assert rows(database, query.format(2)) == before


def test_the_list(database: Database) -> None:
    projection = the_class("projections.md", "Removals")()
    projection.lists = {"removals": the_class("projections.md", "ListOfRemovals")()}
    plugins = plugins_with(projections=[projection])
    append_cdevents(database, removals())
    drain(*processors(database, plugins))

    def ask(query: ListQuery) -> list[datetime]:
        page = read_page(database, plugins, "removals", query)
        found = [item["removed_at"] for item in page["items"]]
        if page["following"] is not None:
            found += ask(replace(query, after=page["following"]))
        return found

    times = [START + timedelta(days=n) for n in range(5)]
    for limit in (1, 2, 5):
        assert ask(ListQuery({}, limit=limit)) == times[::-1]
    assert ask(ListQuery({"service": ["s1"]})) == [times[3], times[1]]
    assert ask(ListQuery({}, start=times[1], end=times[3])) == [times[2], times[1]]


def test_the_metric(database: Database, plugins: Any) -> None:
    mine = plugins_with(
        projections=list(plugins.projections.values()),
        metrics=[the_class("metrics.md", "Attempts")()],
    )
    query = MetricQuery.parse({}, now=START)
    append_cdevents(database, [a_deployment(n) for n in range(3)])
    drain(*processors(database, mine))
    name = "deployment_attempts_by_service"
    assert answer(database, mine, name, query)["value"] == 3
    append_cdevents(database, [a_deployment(n) for n in range(3, 5)])
    drain(*processors(database, mine))
    found = answer(database, mine, name, query)
    assert (found["value"], found["as_of"]) == (5, {"projection": "delivery", "position": 5})
    replayed(database, mine, "delivery")
    assert answer(database, mine, name, query)["value"] == 5
