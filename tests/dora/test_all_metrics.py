"""Every metric under every preset answers."""

from __future__ import annotations

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, PRESETS, ask
from tests.dora.world import World, deployed, pushed


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("metric", METRICS)
def test_without_any_event(shared_database: Database, metric: str, preset: str) -> None:
    world = World(shared_database)
    found = ask(
        world,
        metric,
        definition=preset,
        group_by="service,environment,tier,repository,team,tenant",
        service="shop",
        tier="production",
        **({"percentile": "50"} if METRICS[metric].percentiles else {}),
    )
    assert found["n"] == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_how_many_deployments_there_were_is_in_every_frequency(
    shared_database: Database, preset: str
) -> None:
    """The path of the proof of concept answers it, whatever is configured."""
    world = World(shared_database)
    for n in range(1, 10):
        world.tell(
            [
                pushed(24 * n - 1, f"c{n}"),
                deployed(f"d{n}", 24 * n, f"c{n}", artifact="pkg:oci/x@1"),
            ]
        )
    found = ask(world, "deployment_frequency", definition=preset, group_by="service")
    (group,) = found["groups"]
    first = 5 if preset == "fourkeys" else 6  # its calendar begins on the day after the first event
    assert [bucket["volume"] for bucket in group["buckets"]] == [first, 3, 0, 0]
    assert group["volume"] == found["volume"] == first + 3


@pytest.mark.parametrize(
    ("metric", "units"),
    [
        (
            "deployment_frequency",
            {
                "cdviz": "deployments per day",
                "gitlab": "deployments per day",
                "middleware": "deployments per day, week or month, by the interval",
                "pelorus": "artifacts of services",
            },
        ),
        (
            "change_fail_rate",
            {"cdviz": "percent of deployments", "middleware": "percent of deployments"},
        ),
        ("change_lead_time", {}),
    ],
)
def test_the_unit_is_that_of_the_definition(
    shared_database: Database, metric: str, units: dict[str, str]
) -> None:
    world = World(shared_database)
    for preset in PRESETS:
        expected = units.get(preset, METRICS[metric].unit)
        assert ask(world, metric, definition=preset)["unit"] == expected
