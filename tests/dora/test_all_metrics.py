"""Every metric under every preset answers."""

from __future__ import annotations

import pytest

from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, PRESETS, ask
from tests.dora.world import World


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
