"""fourkeys' formulas, a scenario for each thing about them that can be got wrong. Where it is a
mistake of fourkeys', the same scenario says what the default makes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from streamgauge_dora.defining import Definitions
from tests.dora.asking import SETTINGS, ask
from tests.dora.world import World, change, deployed, failed, incident, pushed, sha

MINUTE, HOUR, DAY = 60, 3600, 24
FREQUENCY, LEAD_TIME = "deployment_frequency", "change_lead_time"
FAIL_RATE, RECOVERY = "change_fail_rate", "failed_deployment_recovery_time"


@pytest.fixture
def world(shared_database: Database) -> World:
    return World(shared_database)


def fourkeys(world: World, metric: str, **parameters: Any) -> dict[str, Any]:
    return ask(world, metric, definition="fourkeys", **parameters)


def on(*days: str, base: str = "long ago") -> list[CDEvent]:
    """Deployments at nine o'clock on these days, all of a commit that was pushed long before."""
    first = date(2026, 1, 5)
    hours = [(date.fromisoformat(day) - first).days * DAY for day in days]
    return [pushed(-3000, base), *(deployed(f"d{h}", h, base) for h in hours)]


# Deployments


def test_a_deployment_without_a_push_whose_last_commit_it_is_vanishes(world: World) -> None:
    """Of four, only d1 is of the last commit of a push."""
    world.tell(
        [
            pushed(-DAY, "a", "b"),
            deployed("d1", 1, "b"),
            deployed("in the middle of a push", 2, "a"),
            deployed("pushed by nobody", 3, "x"),
            deployed("without a commit", 4),
        ]
    )
    found = fourkeys(world, FREQUENCY)
    assert (found["n"], found["left_out"]) == (1, {"no_push": 3})
    assert fourkeys(world, FAIL_RATE)["n"] == 1
    assert ask(world, FREQUENCY)["n"] == ask(world, FAIL_RATE)["n"] == 4


def test_a_push_that_ends_with_a_commit_that_it_does_not_list_is_known_by_that(
    world: World,
) -> None:
    """`head_commit` is what the raw event is known by, `commits` is what it ships: a."""
    world.tell([pushed(-DAY, "a", after="z"), deployed("d1", 1, "z"), deployed("d2", 2, "a")])
    assert fourkeys(world, FREQUENCY)["n"] == 1
    assert fourkeys(world, LEAD_TIME)["n"] == 1


def test_a_merge_is_no_push(world: World) -> None:
    world.tell([change("merged", 1, -DAY, "m"), deployed("d1", 1, "m")])
    assert fourkeys(world, FREQUENCY)["n"] == 0


def test_no_environment_is_filtered(world: World) -> None:
    world.tell(
        [pushed(-DAY, "a"), deployed("d1", 1, "a"), deployed("d2", 2, "a", environment="dev")]
    )
    assert fourkeys(world, FREQUENCY)["n"] == fourkeys(world, FAIL_RATE)["n"] == 2
    assert fourkeys(world, LEAD_TIME)["n"] == 2
    assert ask(world, FREQUENCY)["n"] == 1


def test_an_attempt_that_failed_is_no_deployment(world: World) -> None:
    world.tell([pushed(-DAY, "a"), failed("d1", 1, "a"), deployed("d2", 2, "a")])
    assert fourkeys(world, FREQUENCY)["n"] == 1


def test_additional_commits_of_a_deployment_are_matched_too(world: World) -> None:
    """`deployment.additional_sha`: two pushes with three commits."""
    more = [{"repository": "git.example/acme/pay", "commit": sha("c")}]
    world.tell(
        [
            pushed(0, "a", "b"),
            pushed(0, "c", repository="git.example/acme/pay"),
            deployed("d1", 1, "b", commits=more),
        ]
    )
    assert fourkeys(world, LEAD_TIME)["n"] == 3
    assert fourkeys(world, FREQUENCY, from_="2026-01-01")["left_out"] == {"on_the_first_day": 1}


# Lead time


def test_a_deployment_ships_the_commits_of_that_push_only(world: World) -> None:
    """Of the three pushes between d1 and d2 the last one: 90 minutes, as for the first commit."""
    world.tell(
        [pushed(0, "first"), deployed("d1", 1, "first")]
        + [pushed(25, "a"), pushed(26, "b"), pushed(27, "c"), deployed("d2", 28, "c")]
    )
    found = fourkeys(world, LEAD_TIME)
    assert (found["n"], found["value"]) == (2, 90 * MINUTE)
    assert ask(world, LEAD_TIME)["n"] == 3


def test_a_commit_counts_at_each_deployment_of_its_push(world: World) -> None:
    """Once after 60 and once after 120 minutes."""
    written = {"a": 24.0}
    world.tell(
        [pushed(0, "first"), deployed("d0", 0, "first"), pushed(24.5, "a", written=written)]
        + [deployed("d1", 25, "a"), deployed("d2", 26, "a")]
    )
    found = fourkeys(world, LEAD_TIME, from_="2026-01-06")
    assert (found["n"], found["value"]) == (2, 90 * MINUTE)
    default = ask(world, LEAD_TIME, from_="2026-01-06")
    assert (default["n"], default["value"]) == (1, 60 * MINUTE)


def test_only_more_than_0_whole_minutes_count(world: World) -> None:
    """119 seconds are one minute, 59 are none, and a commit may be later than its deployment."""
    second = 1 / HOUR
    written = {"a": 1 - 119 * second, "b": 1 - 59 * second, "c": 2.0}
    world.tell(
        [
            pushed(-1, "first"),
            deployed("d0", -1, "first"),
            pushed(0, "a", "b", "c", written=written),
            deployed("d1", 1, "c"),
        ]
    )
    found = fourkeys(world, LEAD_TIME, from_="2026-01-05T09:00:00Z")
    assert (found["n"], found["value"]) == (1, 1 * MINUTE)
    assert found["left_out"] == {"not_positive": 2}
    default = ask(world, LEAD_TIME)
    assert (default["n"], default["value"]) == (2, pytest.approx((119 + 59) / 2, abs=1e-5))


def test_the_time_of_a_commit_is_cut_to_the_second(world: World) -> None:
    """Written at 0.9 seconds and deployed at 60.0: a whole minute since 0.0."""
    world.tell([pushed(0, "a", written={"a": 0.9 / HOUR}), deployed("d1", 60 / HOUR, "a")])
    assert fourkeys(world, LEAD_TIME)["value"] == 1 * MINUTE


def test_the_median_lies_between_two_commits(world: World) -> None:
    """2 and 5 minutes."""
    written = {"a": 1 - 2 / 60, "b": 1 - 5 / 60}
    world.tell([pushed(0.99, "a", "b", written=written), deployed("d1", 1, "b")])
    assert fourkeys(world, LEAD_TIME)["value"] == 3.5 * MINUTE


@pytest.mark.parametrize(
    ("hours", "word"),
    [
        (24 - 1 / 60, "One day"),
        (24, "One week"),
        (168 - 1 / 60, "One week"),
        (168, "One month"),
        (730 - 1 / 60, "One month"),
        (730, "Six months"),
        (4380 - 1 / 60, "Six months"),
        (4380, "One year"),
    ],
)
def test_the_words_for_a_lead_time(world: World, hours: float, word: str) -> None:
    world.tell([pushed(29, "a", written={"a": 30 - hours}), deployed("d1", 30, "a")])
    found = fourkeys(world, LEAD_TIME)
    assert (found["value"], found["band"]) == (pytest.approx(hours * HOUR), word)


def test_no_data_is_a_lead_time_of_0_and_that_is_one_day(world: World) -> None:
    found = fourkeys(world, LEAD_TIME)
    assert (found["value"], found["n"], found["band"]) == (0, 0, "One day")
    default = ask(world, LEAD_TIME)
    assert (default["value"], default["band"]) == (None, None)
    assert default["reason"]


# Deployment frequency


def test_weeks_begin_on_sunday(world: World) -> None:
    """A Saturday and the Sunday after it are two weeks, of four: the median is a half."""
    world.tell(on("2026-01-10", "2026-01-11"))
    parameters = {"from_": "2026-01-04", "to": "2026-02-01", "week_start": "monday"}
    assert fourkeys(world, FREQUENCY, **parameters)["value"] == 0.5


@pytest.mark.parametrize(
    ("days", "word"),
    [
        ("04 05 06 11 12 13 18 19 20 25 26 27", "Daily"),  # 3, 3, 3, 3
        ("04 05 06 11 12 13 18 19 25 26", "Weekly"),  # 3, 3, 2, 2: median 2.5
        ("04 11 18", "Weekly"),  # 1, 1, 1, 0
        ("04 11", "Monthly"),  # 1, 1, 0, 0: half of the weeks are not most
        ("04", "Monthly"),
        ("", "Yearly"),
    ],
)
def test_the_words_for_a_frequency(world: World, days: str, word: str) -> None:
    world.tell(on(*(f"2026-01-{day}" for day in days.split())))
    found = fourkeys(world, FREQUENCY, from_="2026-01-04", to="2026-02-01")
    assert (found["band"], found["weeks"]) == (word, 4)


def test_two_deployments_on_one_day_are_one_day(world: World) -> None:
    world.tell([*on("2026-01-12"), deployed("again", 7 * DAY + 1, "long ago")])
    found = fourkeys(world, FREQUENCY, from_="2026-01-11", to="2026-01-18")
    assert (found["value"], found["n"]) == (1, 2)


def test_a_month_without_one_counts_with_its_weeks(world: World) -> None:
    """January has four weeks of 1 in the month, February four of 0: the median is a half."""
    world.tell(on("2026-01-14"))
    parameters = {"from_": "2026-01-04", "to": "2026-03-01"}
    assert fourkeys(world, FREQUENCY, **parameters)["band"] == "Yearly"


def test_a_week_is_of_the_month_that_it_begins_in(world: World) -> None:
    """The 2nd of April lies in a week of March: the four of April have none."""
    world.tell(on("2026-04-02"))
    parameters = {"from_": "2026-03-29", "to": "2026-05-03"}
    assert fourkeys(world, FREQUENCY, **parameters)["band"] == "Yearly"


def test_cut_weeks_count_as_whole_ones(world: World) -> None:
    """From Wednesday the 7th to Sunday the 18th are three weeks; the default has one."""
    world.tell(on("2026-01-08", "2026-01-18"))
    parameters = {"from_": "2026-01-07", "to": "2026-01-19"}
    found = fourkeys(world, FREQUENCY, **parameters)
    assert (found["weeks"], found["value"]) == (3, 1)
    default = ask(world, FREQUENCY, **parameters)
    assert (default["weeks"], default["value"]) == (1, 1)


def test_the_calendar_begins_on_the_day_after_the_first_event_of_any_kind(world: World) -> None:
    """A pull request on Wednesday the 7th: four weeks and Sunday, and that day's deployment is
    lost."""
    world.tell(
        [
            change("created", 1, 2 * DAY),
            pushed(2 * DAY + 2, "a"),
            deployed("d1", 2 * DAY + 3, "a"),
            deployed("d2", 3 * DAY, "a"),
        ]
    )
    found = fourkeys(world, FREQUENCY)
    assert (found["n"], found["weeks"]) == (1, 5)  # of the 4th, 11th, 18th, 25th and the 1st
    assert found["left_out"] == {"on_the_first_day": 1}
    assert fourkeys(world, FREQUENCY, to="2026-01-08")["n"] == 0
    assert ask(world, FREQUENCY)["n"] == 2


def test_a_push_is_an_event_of_the_time_of_its_last_commit(world: World) -> None:
    """Written on Tuesday, pushed and deployed on Thursday: the calendar begins on Wednesday."""
    written = {"a": -20 * DAY, "b": DAY}
    world.tell([pushed(3 * DAY, "a", "b", written=written), deployed("d1", 3 * DAY, "b")])
    found = fourkeys(world, FREQUENCY, to="2026-01-09")
    assert (found["n"], found["weeks"], found["value"]) == (1, 1, 1)
    assert fourkeys(world, FREQUENCY, to="2026-01-07")["band"] == "Yearly"


# Change fail rate


def broken(name: str, hours: float, commit: str, **more: Any) -> list[CDEvent]:
    """An incident that names its cause, when it was detected and two hours later, resolved."""
    return [
        incident("detected", name, hours, rootCause=sha(commit), **more),
        incident("resolved", name, hours + 2, rootCause=sha(commit), **more),
    ]


def test_an_incident_counts_once_for_each_event_and_deployment(world: World) -> None:
    """Two events, two deployments with the commit: 4 through 2, twice as many as deployments."""
    world.tell(
        [pushed(0, "a"), deployed("d1", 1, "a"), deployed("d2", 2, "a"), *broken("i", 3, "a")]
    )
    found = fourkeys(world, FAIL_RATE)
    assert (found["value"], found["incident_events"], found["n"]) == (2, 4, 2)
    assert found["band"] == "46-60%"
    assert ask(world, FAIL_RATE)["value"] == 0.5


def test_any_commit_of_the_push_may_be_the_cause(world: World) -> None:
    """And none of another push."""
    world.tell(
        [pushed(-1, "x"), pushed(0, "a", "b"), deployed("d1", 1, "b"), deployed("d2", 2, "b")]
        + [incident("detected", "i", 3, rootCause=sha("a"))]
        + [incident("detected", "j", 3, rootCause=sha("x"))]
    )
    assert fourkeys(world, FAIL_RATE)["incident_events"] == 2


def test_each_event_is_matched_by_what_it_says_itself(world: World) -> None:
    """The cause was found out at the end: the detection does not count."""
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), incident("detected", "i", 2)])
    assert fourkeys(world, FAIL_RATE)["value"] == 0
    world.tell([incident("resolved", "i", 3, rootCause=sha("a"))])
    assert fourkeys(world, FAIL_RATE)["value"] == 1


def test_a_cause_must_be_a_whole_commit_id(world: World) -> None:
    world.tell([pushed(0, "a"), deployed("d1", 1, "a")])
    world.tell([incident("detected", "i", 2, rootCause=sha("a")[:12])])
    assert fourkeys(world, FAIL_RATE)["value"] == 0
    assert ask(world, FAIL_RATE)["value"] == 1


def test_an_incident_without_a_cause_is_nobodys(world: World) -> None:
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), incident("detected", "i", 2)])
    assert fourkeys(world, FAIL_RATE)["value"] == 0
    assert ask(world, FAIL_RATE)["value"] == 1


def test_what_was_an_incident_once_stays_one(world: World) -> None:
    """Kept if any row says so: the row that takes the label away counts with the other."""
    cause = {"rootCause": sha("a")}
    world.tell(
        [
            pushed(0, "a"),
            deployed("d1", 1, "a"),
            incident("detected", "i", 2, **cause),
            incident("resolved", "i", 3, retracted=True, **cause),
            incident("resolved", "never one", 3, retracted=True, **cause),
        ]
    )
    assert fourkeys(world, FAIL_RATE)["incident_events"] == 2
    assert ask(world, FAIL_RATE)["value"] == 0


def test_without_deployments_there_is_no_rate(world: World) -> None:
    world.tell([incident("detected", "i", 3, rootCause=sha("a"))])
    found = fourkeys(world, FAIL_RATE)
    assert (found["value"], found["band"]) == (None, None)


# Time to restore


def test_a_time_to_restore_is_in_whole_hours(world: World) -> None:
    """119 minutes are one hour."""
    world.tell([incident("detected", "i", 1), incident("resolved", "i", 1 + 119 / 60)])
    assert fourkeys(world, RECOVERY)["value"] == 1 * HOUR


def test_the_median_time_to_restore_lies_between_two(world: World) -> None:
    for name, hours in (("i", 2), ("j", 5)):
        world.tell([incident("detected", name, 1), incident("resolved", name, 1 + hours)])
    assert fourkeys(world, RECOVERY)["value"] == 3.5 * HOUR


def test_it_begins_with_the_first_deployment_of_its_cause(world: World) -> None:
    """Whatever was deployed where: on staging at 2, on production at 5; over at 12.5."""
    world.tell(
        [
            pushed(0, "a", "b"),
            deployed("d1", 2, "b", service="pay", environment="staging"),
            deployed("d2", 5, "b"),
            incident("detected", "i", 10),
            incident("resolved", "i", 12.5, rootCause=sha("a")),
        ]
    )
    assert fourkeys(world, RECOVERY)["value"] == 10 * HOUR


def test_a_deployment_after_the_detection_is_not_where_it_begins(world: World) -> None:
    world.tell([pushed(0, "a"), deployed("d1", 11, "a"), *broken("i", 10, "a")])
    assert fourkeys(world, RECOVERY)["value"] == 2 * HOUR


def test_it_is_put_down_to_when_it_begins(world: World) -> None:
    """Deployed in the first week, detected and over in the second."""
    world.tell([pushed(0, "a"), deployed("d1", 1, "a"), *broken("i", 8 * DAY, "a")])
    assert fourkeys(world, RECOVERY, from_="2026-01-12")["n"] == 0
    assert fourkeys(world, RECOVERY, to="2026-01-06")["n"] == 1


def test_an_incident_that_was_opened_again_is_over_nevertheless(world: World) -> None:
    """MAX(closed_at): of an open one the last closing."""
    world.tell(
        [
            deployed("d1", 0),
            incident("detected", "i", 1),
            incident("resolved", "i", 3),
            incident("detected", "i", 20),
        ]
    )
    assert fourkeys(world, RECOVERY)["value"] == 2 * HOUR
    assert ask(world, RECOVERY)["value"] is None
    world.tell([incident("resolved", "i", 25)])
    assert fourkeys(world, RECOVERY)["value"] == 24 * HOUR


def test_what_turned_out_to_be_no_incident_is_restored_too(world: World) -> None:
    """Taking the label away is no closing."""
    world.tell(
        [
            deployed("d1", 0),
            incident("detected", "i", 1),
            incident("resolved", "i", 3),
            incident("resolved", "i", 9, retracted=True),
            incident("resolved", "never one", 9, retracted=True),
            incident("detected", "open", 1),
            incident("resolved", "open", 9, retracted=True),
        ]
    )
    found = fourkeys(world, RECOVERY)
    assert (found["n"], found["value"]) == (1, 2 * HOUR)
    assert found["left_out"] == {"not_resolved": 1, "retracted": 1}
    assert ask(world, RECOVERY)["n"] == 0


def test_no_incident_is_no_time_to_restore(world: World) -> None:
    found = fourkeys(world, RECOVERY)
    assert (found["value"], found["band"], found["n"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("metric", "value", "word"),
    [
        (FAIL_RATE, 0.15, "0-15%"),
        (FAIL_RATE, 0.151, "16-45%"),
        (FAIL_RATE, 0.459, "16-45%"),
        (FAIL_RATE, 0.46, "46-60%"),
        (FAIL_RATE, 2.0, "46-60%"),
        (RECOVERY, 23 * HOUR, "One day"),
        (RECOVERY, 24 * HOUR, "One week"),
        (RECOVERY, 168 * HOUR, "One month"),
        (RECOVERY, 729.5 * HOUR, "One month"),
        (RECOVERY, 730 * HOUR, "Six months"),
        (RECOVERY, 4380 * HOUR, "One year"),
    ],
)
def test_the_edges_of_the_other_words(metric: str, value: float, word: str) -> None:
    bands = Definitions(SETTINGS).named("fourkeys").bands
    assert bands is not None
    band = bands.of(metric, value)
    assert band is not None
    assert (band.name, band.note) == (word, None)
