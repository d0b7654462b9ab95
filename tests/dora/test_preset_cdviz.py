"""The preset cdviz: each sentence of how CDviz computes its four metrics, as a number."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.postgres.database import Database
from streamgauge_dora.bands import Frequency
from streamgauge_dora.defining import Definitions
from tests.dora.asking import METRICS, SETTINGS, ask
from tests.dora.world import World, deployed, failed, incident, published

HOUR = 3600.0
DAY = 24
BACK = "service.rolledback"
FREQUENCY, LEAD, RATE, RECOVERY, *_ = METRICS
DIGEST = f"{7:064x}"
IMAGE = f"pkg:oci/shop@sha256:{DIGEST}"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def cdviz(world: World, metric: str, **asked: Any) -> dict[str, Any]:
    return ask(world, metric, definition="cdviz", **asked)


def test_frequency_is_the_count_through_the_days_from_the_first_to_the_last(world: World) -> None:
    world.tell(
        [deployed("d1", 0), deployed("d2", DAY, kind="service.upgraded")]
        + [deployed("d3", 2 * DAY, environment="staging"), failed("f", 3 * DAY)]
    )
    found = cdviz(world, FREQUENCY)
    assert (found["value"], found["n"], found["band"]) == (1.5, 3, "elite")


def test_only_deployed_and_upgraded_count(world: World) -> None:
    world.tell([deployed("d1", 0), deployed("d2", DAY), deployed("back", 4 * DAY, kind=BACK)])
    assert cdviz(world, FREQUENCY)["value"] == 2.0


@pytest.mark.parametrize("moments", [[], [5], [5, 5]])
def test_frequency_of_one_moment_is_null(world: World, moments: list[int]) -> None:
    world.tell([deployed(f"d{n}", hours) for n, hours in enumerate(moments)])
    found = cdviz(world, FREQUENCY)
    assert (found["value"], found["n"], found["band"]) == (None, len(moments), None)


def test_the_series_of_frequency_is_the_count_of_each_day_and_environment(world: World) -> None:
    world.tell([deployed("d1", 0), deployed("d2", 1), deployed("s", DAY, environment="staging")])
    found = cdviz(world, FREQUENCY, to="2026-01-07", interval="day", group_by="environment")
    assert [(g["environment"], [b["n"] for b in g["buckets"]]) for g in found["groups"]] == [
        ("production", [2, 0]), ("staging", [0, 1]),
    ]  # fmt: skip


def test_lead_time_is_since_the_latest_publishing_before(world: World) -> None:
    world.tell(
        [published(IMAGE, hours) for hours in (0, 2, 9)] + [deployed("d", 5, artifact=IMAGE)]
    )
    found = cdviz(world, LEAD)
    assert (found["value"], found["n"]) == (3 * HOUR, 1)


def test_a_publishing_at_the_moment_of_the_deployment_is_before_it(world: World) -> None:
    world.tell([published(IMAGE, 0), published(IMAGE, 5), deployed("d", 5, artifact=IMAGE)])
    found = cdviz(world, LEAD)
    assert (found["value"], found["n"]) == (0, 1)


def test_the_artifact_s_id_is_compared_as_text(world: World) -> None:
    """One tool writes the colon of a digest as it is, another encodes it: CDviz sees two."""
    encoded = IMAGE.replace("sha256:", "sha256%3A")
    world.tell(
        [published(IMAGE, 0), deployed("d1", 4, artifact=IMAGE)]
        + [deployed("d2", 6, artifact=encoded)]
    )
    found = cdviz(world, LEAD)
    assert (found["value"], found["n"], found["left_out"]) == (4 * HOUR, 1, {"no_artifact": 1})


def test_deployments_whose_artifact_was_never_published_drop_out(world: World) -> None:
    world.tell(
        [published(IMAGE, 8), deployed("early", 4, artifact=IMAGE)]
        + [deployed("late", 9, artifact=IMAGE), deployed("unknown", 9)]
    )
    found = cdviz(world, LEAD)
    assert (found["value"], found["n"], found["left_out"]) == (HOUR, 1, {"no_artifact": 2})


def test_lead_time_is_the_median_of_every_deployment_the_repeated_ones_too(world: World) -> None:
    world.tell(
        [published(IMAGE, 0)]
        + [deployed(f"d{n}", hours, artifact=IMAGE) for n, hours in enumerate((1, 2, 6, 10))]
        + [deployed("back", 20, artifact=IMAGE, kind=BACK)]
    )
    found = cdviz(world, LEAD)
    assert (found["value"], found["n"]) == (4 * HOUR, 4)


def test_rollbacks_are_divided_by_the_others_in_percent(world: World) -> None:
    world.tell([deployed("d1", 0), deployed("d2", 1), deployed("back", 2, kind=BACK)])
    found = cdviz(world, RATE)
    assert (found["value"], found["n"], found["band"]) == (50.0, 2, "low")
    default = ask(world, RATE)
    assert (default["failed"], default["n"]) == (1, 3), "in the default a rollback is one too"


def test_more_rollbacks_than_deployments_are_more_than_all(world: World) -> None:
    world.tell(
        [deployed("d1", 0, artifact="pkg:generic/shop@1"), deployed("d2", 1)]
        + [deployed(f"b{n}", 2 + n, kind=BACK, artifact="pkg:generic/shop@1") for n in range(3)]
    )
    assert cdviz(world, RATE)["value"] == 150.0
    assert ask(world, RATE)["value"] <= 1


def test_recovery_is_of_all_incidents_of_whatever_service_and_environment(world: World) -> None:
    for n, (service, environment) in enumerate(
        [("shop", "production"), (None, "staging"), ("pay", "moon")]
    ):
        more: dict[str, Any] = {"service": service, "environment": environment}
        world.add([incident("detected", f"i{n}", 0, **more)])
        world.add([incident("resolved", f"i{n}", n + 1, **more)])
    world.link(None)
    found = cdviz(world, RECOVERY)
    assert (found["value"], found["n"]) == (2 * HOUR, 3)


@pytest.mark.parametrize("metric", [LEAD, RATE, RECOVERY])
def test_where_there_is_no_data_it_is_zero_and_of_the_best_band(world: World, metric: str) -> None:
    found = cdviz(world, metric)
    assert (found["value"], found["n"], found["band"]) == (0, 0, "elite")
    assert found["reason"]
    default = ask(world, metric)
    assert (default["value"], default["band"]) == (None, None)


@pytest.mark.parametrize(
    ("metric", "value", "band"),
    [
        (FREQUENCY, 1, "elite"),
        (FREQUENCY, 0.99, "high"),
        (FREQUENCY, 0.14, "high"),
        (FREQUENCY, 0.139, "medium"),
        (FREQUENCY, 0.033, "medium"),
        (FREQUENCY, 0.032, "low"),
        *(
            (metric, value, band)
            for metric in (LEAD, RECOVERY)
            for value, band in [
                (HOUR - 1, "elite"), (HOUR, "high"), (DAY * HOUR - 1, "high"),
                (DAY * HOUR, "medium"), (7 * DAY * HOUR - 1, "medium"), (7 * DAY * HOUR, "low"),
            ]
        ),
        (RATE, 0.05, "elite"),
        (RATE, 0.051, "high"),
        (RATE, 0.1, "high"),
        (RATE, 0.15, "medium"),
        (RATE, 0.151, "low"),
    ],
)  # fmt: skip
def test_bands(metric: str, value: float, band: str) -> None:
    bands = Definitions(SETTINGS).named("cdviz").bands
    assert bands is not None
    often = Frequency(None, None, None, deployments_per_day=value)
    found = bands.of(metric, often if metric == FREQUENCY else value)
    assert found is not None
    assert found.name == band
