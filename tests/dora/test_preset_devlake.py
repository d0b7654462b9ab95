"""DevLake's formulas, a scenario for each thing about them that can be got wrong. Where it is a
mistake of DevLake's, the same scenario says what the default makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.defining import Definitions
from tests.dora.asking import SETTINGS, ask
from tests.dora.world import World, at, change, deployed, failed, incident, key_of, pushed, sha

SECOND, MINUTE, HOUR, DAY = 1 / 3600, 60, 3600, 24
FREQUENCY, LEAD_TIME = "deployment_frequency", "change_lead_time"
FAIL_RATE, RECOVERY = "change_fail_rate", "failed_deployment_recovery_time"
YEARS = ("devlake-2021", "devlake-2023")


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def devlake(world: World, metric: str, year: int = 2023, **parameters: Any) -> dict[str, Any]:
    return ask(world, metric, definition=f"devlake-{year}", **parameters)


def merged(
    number: int, hours: float, *, created: float | None = None, first: float | None = None
) -> list[CDEvent]:
    """A pull request whose merge commit is called as it is; it took no time unless told."""
    created = hours if created is None else created
    first = created if first is None else first
    return [
        change("created", number, created, author="ann"),
        change("merged", number, hours, f"m{number}", firstCommitAt=at(first).isoformat()),
    ]


def base(**where: Any) -> list[CDEvent]:
    """The first deployment of all of a service in an environment, of what was before."""
    name = f"base {sorted(where.items())}"
    return [pushed(-5, "base"), deployed(name, -4, "base", **where)]


def on(*days: int, month: int = 1) -> list[CDEvent]:
    """Deployments at ten o'clock on these days of 2026."""
    first = 24 * (sum((31, 28, 31, 30, 31, 30)[: month - 1]) - 4) + 1
    return [deployed(f"d{month}.{day}", first + 24 * (day - 1)) for day in days]


# Deployments


def test_only_successful_deployments_to_production_count(world: World) -> None:
    world.tell(
        [deployed("d1", 1), failed("d2", 2), deployed("d3", 3, environment="staging")],
    )
    assert devlake(world, FREQUENCY)["n"] == devlake(world, FAIL_RATE)["n"] == 1
    assert devlake(world, FREQUENCY)["left_out"] == {"failed_attempt": 1, "not_production": 1}


def test_a_deployment_of_two_repositories_is_one(world: World) -> None:
    more = [{"repository": "git.example/acme/pay", "commit": sha("b")}]
    world.tell([deployed("d1", 1, "a", commits=more)])
    assert devlake(world, FREQUENCY)["n"] == devlake(world, FAIL_RATE)["n"] == 1


# Lead time: which pull requests


def test_the_first_deployment_ever_takes_no_pull_request(world: World) -> None:
    world.tell([*merged(1, 1), deployed("d1", 2, "m1"), *merged(2, 3), deployed("d2", 4, "m2")])
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["value"]) == (1, 1 * HOUR)
    assert found["left_out"]["first_deployment"] == 1


@pytest.mark.parametrize("other", [{"environment": "staging"}, {"service": "pay"}])
def test_each_service_in_each_environment_has_a_first_deployment(
    world: World, other: dict[str, str]
) -> None:
    """Another one was deployed before: to what goes to production as shop that says nothing."""
    world.tell([*base(**other), *merged(1, 1), deployed("d1", 2, "m1")])
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["left_out"]["first_deployment"]) == (0, 1)


def test_what_the_first_deployment_of_one_place_holds_counts_at_the_next_place(
    world: World,
) -> None:
    """Of two production environments the newer one has nothing that it could be compared with."""
    world.tell(
        [
            *base(),
            *merged(1, 1),
            deployed("first in eu", 2, "m1", environment="prod-eu"),
            deployed("d1", 4, "m1"),
        ]
    )
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["value"]) == (1, 3 * HOUR)


def test_an_attempt_that_failed_is_not_what_the_next_one_is_compared_with(world: World) -> None:
    world.tell([*base(), *merged(1, 1), failed("d1", 2, "m1"), deployed("d2", 3, "m1")])
    assert devlake(world, LEAD_TIME)["value"] == 2 * HOUR


def test_a_pull_request_belongs_to_the_deployment_that_began_first(world: World) -> None:
    """The one of eu begins before and ends after the other one, eight hours after the merge."""
    begins = {"eu": at(2).isoformat(), "us": at(3).isoformat()}
    world.tell(
        [
            *base(environment="prod-eu"),
            *base(environment="prod-us"),
            *merged(1, 1),
            deployed("d1", 9, "m1", environment="prod-eu", startedAt=begins["eu"]),
            deployed("d2", 4, "m1", environment="prod-us", startedAt=begins["us"]),
        ]
    )
    assert devlake(world, LEAD_TIME)["value"] == 8 * HOUR
    assert ask(world, LEAD_TIME)["value"] == 3 * HOUR


def test_of_two_that_began_at_once_the_id_decides(world: World) -> None:
    began = at(2).isoformat()
    eu = deployed("d1", 9, "m1", environment="prod-eu", startedAt=began)
    us = deployed("d2", 4, "m1", environment="prod-us", startedAt=began)
    ends = {key_of(eu): 9, key_of(us): 4}
    world.tell(
        [*base(environment="prod-eu"), *base(environment="prod-us"), *merged(1, 1), eu, us],
    )
    assert devlake(world, LEAD_TIME)["value"] == (ends[min(ends)] - 1) * HOUR


def test_going_back_and_forward_again_ships_nothing_twice(world: World) -> None:
    world.tell(
        [*base(), *merged(1, 1), deployed("d1", 2, "m1")]
        + [deployed("back", 3, "base"), deployed("again", 9, "m1")]
    )
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["value"]) == (1, 1 * HOUR)


def test_a_pull_request_needs_a_merge_commit(world: World) -> None:
    world.tell([*base(), change("created", 1, 0), change("merged", 1, 1), pushed(2, "a")])
    world.tell([deployed("d1", 3, "a")])
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["left_out"]) == (0, {"no_merge_commit": 1})
    assert ask(world, LEAD_TIME)["n"] == 2


def test_a_commit_without_a_pull_request_is_not_looked_at(world: World) -> None:
    world.tell([*base(), pushed(1, "a"), deployed("d1", 2, "a")])
    assert devlake(world, LEAD_TIME)["n"] == 0
    assert ask(world, LEAD_TIME)["n"] == 1


def test_it_counts_when_its_deployment_finished(world: World) -> None:
    """Written, merged and begun to be deployed in the first week."""
    began = at(DAY).isoformat()
    world.tell([*base(), *merged(1, 1), deployed("d1", 8 * DAY, "m1", startedAt=began)])
    assert devlake(world, LEAD_TIME, from_="2026-01-12")["n"] == 1
    assert devlake(world, LEAD_TIME, to="2026-01-12")["n"] == 0


# Lead time: how long


def test_each_part_is_rounded_up_to_minutes_before_they_are_added(world: World) -> None:
    """30 s of coding, 9 min 40 s until the merge, 49 min 50 s until the deployment are 1 + 10 + 50
    minutes, though they are an hour."""
    world.tell(
        [
            *base(),
            *merged(1, 610 * SECOND, created=30 * SECOND, first=0),
            deployed("d1", 1, "m1"),
        ]
    )
    assert devlake(world, LEAD_TIME)["value"] == 61 * MINUTE
    assert ask(world, LEAD_TIME)["value"] == 60 * MINUTE


@pytest.mark.parametrize(("seconds", "n"), [(-59, 1), (-60, 0), (-61, 0)])
def test_less_than_a_minute_below_zero_is_0_and_more_is_null(
    world: World, seconds: int, n: int
) -> None:
    """The first commit was written after the pull request was opened. The rest is 2 hours."""
    world.tell(
        [*base(), *merged(1, 1, created=0, first=-seconds * SECOND), deployed("d1", 2, "m1")]
    )
    found = devlake(world, LEAD_TIME)
    assert found["value"] == 2 * HOUR
    assert found["stages"]["coding"] == {
        "median": 0 if n else None,
        "mean": 0 if n else None,
        "n": n,
    }


def test_what_is_unknown_adds_nothing(world: World) -> None:
    """Of a pull request whose creation nobody told only the last part is known."""
    first = at(-3).isoformat()
    world.tell([*base(), change("merged", 1, 1, "m1", firstCommitAt=first)])
    world.tell([deployed("d1", 2, "m1")])
    assert devlake(world, LEAD_TIME)["value"] == 1 * HOUR


def test_a_deployment_before_the_merge_leaves_the_other_parts(world: World) -> None:
    """The commit was deployed before the merge: an hour from the creation to the merge is left."""
    push = pushed(0, "m1", written={"m1": 2.0})
    world.tell([*base(), *merged(1, 3, created=2), push, deployed("d1", 1, "m1")])
    assert devlake(world, LEAD_TIME)["value"] == 1 * HOUR
    assert ask(world, LEAD_TIME)["left_out"]["ends_before_it_begins"] == 1


def test_pickup_and_review_need_not_add_up(world: World) -> None:
    """30 s and 89.5 s are 1 and 2 minutes, together 119.5 s are 2; the author's own review is
    none."""
    world.tell(
        [
            *base(),
            *merged(1, 119.5 * SECOND, created=0),
            change("reviewed", 1, 10 * SECOND, reviewer="ann"),
            change("reviewed", 1, 30 * SECOND, reviewer="bob"),
            deployed("d1", 119.5 * SECOND, "m1"),
        ]
    )
    found = devlake(world, LEAD_TIME)
    assert found["value"] == 2 * MINUTE
    assert found["stages"]["pickup"]["median"] == 1 * MINUTE
    assert found["stages"]["review"]["median"] == 2 * MINUTE


def test_of_two_pull_requests_the_lower_one_is_the_median(world: World) -> None:
    """One and four hours; the default says two and a half."""
    world.tell([*base(), *merged(1, 1), *merged(2, 4), deployed("d1", 5, "m2")])
    found = devlake(world, LEAD_TIME)
    assert (found["n"], found["value"]) == (2, 1 * HOUR)
    assert ask(world, LEAD_TIME)["value"] == 2.5 * HOUR


# Deployment frequency


def test_weeks_begin_on_monday(world: World) -> None:
    """Sunday the 11th and Monday the 12th are two weeks with one each, whatever is asked for."""
    world.tell(on(11, 12))
    parameters = {"from_": "2026-01-05", "to": "2026-01-19", "week_start": "sunday"}
    assert devlake(world, FREQUENCY, **parameters)["value"] == 1


def test_weeks_without_a_deployment_count_as_0(world: World) -> None:
    """1, 0, 0."""
    world.tell(on(8))
    assert devlake(world, FREQUENCY, to="2026-01-26")["value"] == 0


def test_cut_weeks_count_too(world: World) -> None:
    """From a Thursday: 1, 1, 0. The default has only the last two of these: a half."""
    world.tell(on(8, 13))
    parameters = {"from_": "2026-01-08", "to": "2026-01-26"}
    assert devlake(world, FREQUENCY, **parameters)["value"] == 1
    assert ask(world, FREQUENCY, **parameters)["value"] == 0.5


def test_the_median_of_an_even_number_of_weeks_is_the_lower_one(world: World) -> None:
    """1 and 2; two on one day are one day."""
    world.tell([*on(5, 12, 13), deployed("again", 1.5)])
    assert devlake(world, FREQUENCY, to="2026-01-19")["value"] == 1
    assert ask(world, FREQUENCY, to="2026-01-19")["value"] == 1.5


@pytest.mark.parametrize(
    ("days", "of_2021", "of_2023"),
    [
        ((5, 6, 7, 8, 9), "elite", "elite"),
        ((5, 6, 7, 8), "high", "high"),
        ((5,), "high", "high"),
    ],
)
def test_the_bands_of_days_in_a_week(
    world: World, days: tuple[int, ...], of_2021: str, of_2023: str
) -> None:
    world.tell(on(*days))
    assert devlake(world, FREQUENCY, 2021, to="2026-01-12")["band"] == of_2021
    assert devlake(world, FREQUENCY, 2023, to="2026-01-12")["band"] == of_2023


def test_a_day_in_a_month_is_medium_in_2023_and_high_in_2021(world: World) -> None:
    """Of four weeks one has a deployment."""
    world.tell(on(5))
    assert devlake(world, FREQUENCY, 2023, to="2026-02-01")["band"] == "medium"
    assert devlake(world, FREQUENCY, 2021, to="2026-02-01")["band"] == "high"


def test_months_are_kept_that_are_cut_or_have_none(world: World) -> None:
    """A day of February makes a second month, with none: 0 is the lower one."""
    world.tell(on(5))
    assert devlake(world, FREQUENCY, 2023, to="2026-02-02")["band"] == "low"


def test_a_day_in_six_months_is_medium_in_2021(world: World) -> None:
    """In whichever of them."""
    world.tell(on(1, month=4))
    parameters = {"from_": "2026-01-01", "to": "2026-07-01", "interval": "month"}
    assert devlake(world, FREQUENCY, 2021, **parameters)["band"] == "medium"
    assert devlake(world, FREQUENCY, 2023, **parameters)["band"] == "low"


@pytest.mark.parametrize(("to", "band"), [("2027-01-01", "medium"), ("2027-07-01", "low")])
def test_of_several_half_years_the_upper_one_of_two_counts(
    world: World, to: str, band: str
) -> None:
    """They end with the last month: 1, 0; with half a year more, 1, 0, 0."""
    world.tell(on(1, month=4))
    parameters = {"from_": "2026-01-01", "to": to, "interval": "month"}
    assert devlake(world, FREQUENCY, 2021, **parameters)["band"] == band


def test_half_years_begin_anew_in_2028(world: World) -> None:
    """October 2027 to March 2028: one ends with March, with the day in it, another with December,
    without. The six months alone would be one."""
    world.tell([deployed("d1", (2 * 365 + 31 - 4) * DAY)])  # the 1st of February 2028
    parameters = {"from_": "2027-10-01", "to": "2028-04-01", "interval": "month"}
    assert devlake(world, FREQUENCY, 2021, **parameters)["band"] == "medium"
    parameters = {"from_": "2027-03-01", "to": "2028-04-01", "interval": "month"}
    assert devlake(world, FREQUENCY, 2021, **parameters)["band"] == "low"  # 0, 0, 1


def test_no_deployment_is_no_frequency(world: World) -> None:
    found = devlake(world, FREQUENCY)
    assert (found["value"], found["band"]) == (None, None)


# Incidents


def test_an_incident_is_put_down_to_the_latest_deployment_whatever_the_gap_and_service(
    world: World,
) -> None:
    """Of pay, twenty days before; attempts that failed and staging do not matter."""
    world.tell(
        [
            deployed("d1", 1),
            deployed("d2", 2, service="pay"),
            failed("d3", 3),
            deployed("d4", 4, environment="staging"),
            incident("detected", "i", 20 * DAY),
        ]
    )
    found = devlake(world, FAIL_RATE, group_by="service")
    assert found["value"] == 0.5
    assert [(g["service"], g["value"]) for g in found["groups"]] == [("pay", 1), ("shop", 0)]
    assert ask(world, FAIL_RATE)["value"] == 0


def test_a_deployment_at_the_moment_of_the_incident_is_not_before_it(world: World) -> None:
    """Since the one before: from 1 to 3."""
    world.tell([deployed("d1", 1), deployed("d2", 2)])
    world.tell([incident("detected", "i", 2), incident("resolved", "i", 3)])
    assert devlake(world, RECOVERY)["value"] == 2 * HOUR
    assert ask(world, RECOVERY)["value"] == 1 * HOUR


def test_of_two_deployments_at_one_moment_the_id_decides(world: World) -> None:
    """DevLake takes whichever its database finds first."""
    pair = [deployed("d1", 1, service="pay"), deployed("d2", 1)]
    later = max(pair, key=key_of)
    world.tell([*pair, incident("detected", "i", 2)])
    found = devlake(world, FAIL_RATE, group_by="service")
    assert {g["service"]: g["value"] for g in found["groups"]} == {
        each.subject_id: int(each is later) for each in pair
    }


def test_an_incident_without_a_deployment_before_it_is_dropped(world: World) -> None:
    """But for the time to restore of 2021, which is that of all incidents."""
    world.tell([incident("detected", "i", 1), incident("resolved", "i", 3), deployed("d1", 2)])
    assert devlake(world, FAIL_RATE)["value"] == 0
    found = devlake(world, RECOVERY)
    assert (found["n"], found["left_out"]) == (0, {"not_linked": 1})
    assert devlake(world, RECOVERY, 2021)["value"] == 2 * HOUR


def test_two_incidents_of_one_deployment_are_one_failure(world: World) -> None:
    world.tell([deployed("d1", 1), deployed("d2", 4)])
    world.tell([incident("detected", "i", 2), incident("detected", "j", 3)])
    assert devlake(world, FAIL_RATE)["value"] == devlake(world, FAIL_RATE, 2021)["value"] == 0.5


def test_what_the_cause_is_said_to_be_does_not_matter(world: World) -> None:
    """It names the first deployment, by its commit."""
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), deployed("d2", 2, service="pay")])
    world.tell([incident("detected", "i", 3, rootCause=sha("a"))])
    found = devlake(world, FAIL_RATE, group_by="service")
    assert [(g["service"], g["value"]) for g in found["groups"]] == [("pay", 1), ("shop", 0)]
    default = ask(world, FAIL_RATE, group_by="service")
    assert [(g["service"], g["value"]) for g in default["groups"]] == [("pay", 0), ("shop", 1)]


def test_neither_rollback_nor_revert_is_a_failure(world: World) -> None:
    world.tell([deployed("d1", 1), deployed("d2", 2)])
    world.tell([deployed("d3", 3, kind="service.rolledback")])
    assert devlake(world, FAIL_RATE)["value"] == 0
    assert ask(world, FAIL_RATE)["value"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("year", [2021, 2023])
def test_an_incident_has_no_environment(world: World, year: int) -> None:
    where = {"environment": "staging"}
    world.tell([deployed("d1", 1), incident("detected", "i", 1.5, **where)])
    world.tell([incident("resolved", "i", 3, **where)])
    assert devlake(world, FAIL_RATE, year)["value"] == 1
    assert devlake(world, RECOVERY, year)["n"] == 1


@pytest.mark.parametrize(("year", "hours"), [(2021, 7 * DAY), (2023, 7 * DAY + 1)])
def test_a_recovery_counts_when_it_is_over(world: World, year: int, hours: int) -> None:
    """Deployed at 1 and detected at 2 in the first week, over in the second."""
    world.tell([deployed("d1", 1), incident("detected", "i", 2)])
    assert devlake(world, RECOVERY, year)["left_out"] == {"not_resolved": 1}
    world.tell([incident("resolved", "i", 7 * DAY + 2)])
    assert devlake(world, RECOVERY, year, to="2026-01-12")["n"] == 0
    found = devlake(world, RECOVERY, year, from_="2026-01-12")
    assert (found["n"], found["value"]) == (1, hours * HOUR)


@pytest.mark.parametrize(("year", "minutes"), [(2021, 59), (2023, 119)])
def test_a_recovery_is_in_whole_minutes(world: World, year: int, minutes: int) -> None:
    """Deployed at 1, detected at 2, over a second before 3."""
    world.tell([deployed("d1", 1), incident("detected", "i", 2)])
    world.tell([incident("resolved", "i", 3 - SECOND)])
    assert devlake(world, RECOVERY, year)["value"] == minutes * MINUTE


@pytest.mark.parametrize(("year", "hours"), [(2021, 1), (2023, 2)])
def test_of_two_recoveries_the_lower_one_is_the_median(world: World, year: int, hours: int) -> None:
    """One and three hours since the detection, two and four since the deployment."""
    world.tell([deployed("d1", 1)])
    for name, end in (("i", 3), ("j", 5)):
        world.tell([incident("detected", name, 2), incident("resolved", name, end)])
    assert devlake(world, RECOVERY, year)["value"] == hours * HOUR


EDGES: dict[str, dict[str, list[tuple[float, str]]]] = {
    "devlake-2021": {
        LEAD_TIME: [
            (59 * MINUTE, "elite"),
            (1 * HOUR, "high"),
            (7 * DAY * HOUR - MINUTE, "high"),
            (7 * DAY * HOUR, "medium"),
            (180 * DAY * HOUR - MINUTE, "medium"),
            (180 * DAY * HOUR, "low"),
        ],
        FAIL_RATE: [
            (0.15, "elite"),
            (0.151, "high"),
            (0.20, "high"),
            (0.201, "medium"),
            (0.30, "medium"),
            (0.301, "low"),
        ],
    },
    "devlake-2023": {
        LEAD_TIME: [
            (1 * DAY * HOUR - MINUTE, "elite"),
            (1 * DAY * HOUR, "high"),
            (7 * DAY * HOUR - MINUTE, "high"),
            (7 * DAY * HOUR, "medium"),
            (30 * DAY * HOUR - MINUTE, "medium"),
            (30 * DAY * HOUR, "low"),
        ],
        FAIL_RATE: [
            (0.05, "elite"),
            (0.051, "high"),
            (0.10, "high"),
            (0.101, "medium"),
            (0.15, "medium"),
            (0.151, "low"),
        ],
    },
}
RECOVERIES = [
    (59 * MINUTE, "elite"),
    (1 * HOUR, "high"),
    (1 * DAY * HOUR - MINUTE, "high"),
    (1 * DAY * HOUR, "medium"),
    (7 * DAY * HOUR - MINUTE, "medium"),
    (7 * DAY * HOUR, "low"),
]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("metric", [LEAD_TIME, FAIL_RATE, RECOVERY])
def test_the_edges_of_the_bands(year: str, metric: str) -> None:
    bands = Definitions(SETTINGS).named(year).bands
    assert bands is not None
    for value, name in EDGES[year].get(metric, RECOVERIES):
        band = bands.of(metric, value)
        assert band is not None
        assert (band.name, band.note) == (name, None), value


@pytest.mark.parametrize("year", [2021, 2023])
@pytest.mark.parametrize("metric", [LEAD_TIME, FAIL_RATE, RECOVERY])
def test_no_data_is_no_value(world: World, year: int, metric: str) -> None:
    found = devlake(world, metric, year)
    assert (found["value"], found["n"], found["band"]) == (None, 0, None)
