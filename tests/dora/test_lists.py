"""The three lists of a world: what items say, what is filtered, how pages go on."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from streamgauge.errors import InvalidQuery
from streamgauge.lists import ListQuery, Page, Place
from streamgauge.postgres.database import Database
from streamgauge_dora.lists import LISTS
from tests.dora.world import (
    REPOSITORY,
    SHOP,
    World,
    at,
    change,
    deployed,
    failed,
    incident,
    key_of,
    pushed,
    sha,
)

HATS = "https://git.example/acme/hats"
LONG = "n" * 20_000


def read(world: World, name: str, *, after: Place | None = None, **parameters: Any) -> Page:
    given = {
        key.rstrip("_"): value if isinstance(value, list) else [str(value)]
        for key, value in parameters.items()
    }
    if after is not None:
        given["cursor"] = [str(after)]
    query = ListQuery.parse(given, LISTS[name].filters)
    with world.database.snapshot() as cursor:
        return LISTS[name].page(cursor, world.tables, replace(query, as_of=2**62))


def ids(page: Page) -> list[str]:
    return [str(item["id"]) for item in page.items]


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_deployment_says_what_it_is_of_and_what_it_ships(world: World) -> None:
    first, second = deployed("d1", 10, "a"), deployed("d2", 30, "c", startedAt=at(29).isoformat())
    broken = failed("d3", 31, "c")
    world.tell([pushed(1, "a"), first, pushed(20, "b", "c"), second, broken])
    page = read(world, "deployments")
    assert ids(page) == [key_of(broken), key_of(second), key_of(first)]
    assert page.following is None
    attempt, latest, baseline = page.items
    assert latest == {
        "id": latest["id"],
        "service": "shop",
        "environment": "production",
        "outcome": "success",
        "kind": "deploy",
        "started_at": at(29),
        "finished_at": at(30),
        "artifact": "pkg:generic/shop@d2",
        "repository": SHOP,
        "commits": [{"repository": SHOP, "commit": sha("c"), "rule": "given"}],
        "changes": [
            {"count": 1, "rule": "branch", "left_out": None},
            {"count": 1, "rule": "commit", "left_out": None},
        ],
    }
    assert (attempt["outcome"], attempt["kind"], attempt["changes"]) == ("failure", None, [])
    assert attempt["commits"] == latest["commits"]
    assert baseline["changes"] == [{"count": 1, "rule": "commit", "left_out": "first_deployment"}]


def test_the_same_artifact_as_just_before_in_that_environment_is_a_redeploy(world: World) -> None:
    world.tell(
        [
            deployed("d1", 1, "a", artifact="pkg:oci/shop@1"),
            deployed("d2", 2, "a", artifact="pkg:oci/shop@1", environment="staging"),
            failed("d3", 3, "b", artifact="pkg:oci/shop@2"),
            deployed("d4", 4, "a", artifact="pkg:oci/shop@1"),
            deployed("d5", 5, "b", artifact="pkg:oci/shop@2"),
            deployed("d6", 6, "a", artifact="pkg:oci/shop@1", kind="service.rolledback"),
        ]
    )
    found = [item["kind"] for item in read(world, "deployments").items]
    assert found == ["rollback", "deploy", "redeploy", None, "deploy", "deploy"]
    assert [i["kind"] for i in read(world, "deployments", kind="redeploy").items] == ["redeploy"]
    assert len(read(world, "deployments", kind=["redeploy", "rollback"]).items) == 2
    assert len(read(world, "deployments", outcome="failure").items) == 1


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["d4", "d3", "d2", "d1"]),
        ({"service": "shop"}, ["d3", "d1"]),
        ({"service": ["shop", LONG]}, ["d4", "d3", "d1"]),
        ({"environment": "staging"}, ["d3"]),
        ({"repository": f"{HATS}.git"}, ["d2"]),
        ({"from": "2026-01-05T11:00:00Z", "to": "2026-01-05T12:00:00Z"}, ["d2"]),
        ({"to": "2026-01-05"}, []),
        ({"tenant": "others"}, ["d9"]),
        ({"service": "nobody"}, []),
    ],
)
def test_deployments_are_filtered(world: World, filters: dict[str, Any], names: list[str]) -> None:
    made = {
        "d1": deployed("d1", 1),
        "d2": deployed("d2", 2, service="hats", repository=HATS),
        "d3": deployed("d3", 3, environment="staging"),
        "d4": deployed("d4", 4, service=LONG),
        "d9": deployed("d9", 4),
    }
    world.add([made.pop("d9")], tenant="others")
    world.tell(made.values())
    made["d9"] = deployed("d9", 4)
    page = read(world, "deployments", **filters)
    assert ids(page) == [key_of(made[name]) for name in names]


def test_what_is_above_the_position_of_the_links_is_not_shown(world: World) -> None:
    world.tell([deployed("d1", 1), incident("detected", "i1", 1)])
    with world.database.snapshot() as cursor:
        for name, position in (("deployments", 0), ("incidents", 1)):
            query = ListQuery(filters={}, as_of=position)
            assert LISTS[name].page(cursor, world.tables, query).items == []


def test_a_change_says_when_and_where_it_was_deployed(world: World) -> None:
    staged, shipped = deployed("s", 9, "m", environment="staging"), deployed("p", 12, "m")
    world.tell(
        [
            deployed("base", 0, "a", environment="staging"),
            deployed("base2", 0, "a"),
            pushed(-1, "a"),
            change("created", 7, 4, firstCommitAt=at(1).isoformat()),
            change("reviewed", 7, 5, reviewer="bob"),
            change("merged", 7, 8, "m", title="Sell hats", author="ann", labels=["hat"]),
            pushed(8, "m"),
            staged,
            shipped,
            change("created", 8, 13),
            change("created", 9, 2),
            change("abandoned", 9, 3),
        ]
    )
    page = read(world, "changes")
    assert ids(page) == [
        f"{REPOSITORY}/pulls/8",
        f"{REPOSITORY}/pulls/7",
        f"{REPOSITORY}/pulls/9",
        f"{SHOP}@{sha('a')}",
    ]
    created, merged, abandoned, commit = page.items
    assert merged == {
        "id": f"{REPOSITORY}/pulls/7",
        "kind": "merge",
        "title": "Sell hats",
        "author": "ann",
        "repository": SHOP,
        "branch": "main",
        "commit": sha("m"),
        "commits": 1,
        "labels": ["hat"],
        "first_commit_at": at(1),
        "created_at": at(4),
        "first_reviewed_at": at(5),
        "merged_at": at(8),
        "abandoned_at": None,
        "deployments": [
            {
                "service": "shop",
                "environment": environment,
                "deployment": merged["deployments"][place]["deployment"],
                "deployed_at": deployed_at,
                "rule": "commit",
                "left_out": None,
            }
            for place, (environment, deployed_at) in enumerate(
                [("staging", at(9)), ("production", at(12))]
            )
        ],
    }
    linked = [str(each["deployment"]) for each in merged["deployments"]]
    assert linked == [key_of(staged), key_of(shipped)]
    assert (created["merged_at"], created["deployments"]) == (None, [])
    assert abandoned["abandoned_at"] == at(3)
    assert (commit["kind"], commit["merged_at"]) == ("commit", at(-1))
    assert {each["left_out"] for each in commit["deployments"]} == {"first_deployment"}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"service": "shop"}, ["1"]),
        ({"service": "hats", "environment": "production"}, ["2"]),
        ({"service": "shop", "environment": "staging"}, []),
        ({"environment": "staging"}, ["2"]),
        ({"repository": HATS}, ["2"]),
        ({"service": LONG}, []),
        ({"from": "2026-01-05T13:00:00Z"}, ["3"]),
        ({"to": "2026-01-05T13:00:00Z"}, ["2", "1"]),
        ({"tenant": "others"}, []),
    ],
)
def test_changes_are_filtered(world: World, filters: dict[str, Any], numbers: list[str]) -> None:
    hats: dict[str, Any] = {"repository": HATS}
    world.tell(
        [
            change("merged", 1, 2, "m"),
            pushed(2, "m"),
            deployed("d1", 5, "m"),
            change("merged", 2, 3, "h", **hats),
            pushed(3, "h", **hats),
            deployed("d2", 6, "h", service="hats", **hats),
            deployed("d3", 6, "h", service="hats", environment="staging", **hats),
            change("merged", 3, 4, "l"),
        ]
    )
    found = ids(read(world, "changes", **filters))
    assert [each.rpartition("/")[2] for each in found] == numbers


def test_an_incident_is_what_all_its_events_say(world: World) -> None:
    world.tell(
        [
            incident("resolved", "i1", 5),
            incident("detected", "i1", 1, title="No hats"),
            incident("detected", "i1", 7, service="hats"),
            incident("detected", "i2", 3, repository=REPOSITORY),
            incident("resolved", "i2", 4, retracted=True),
            incident("resolved", "i3", 2),
        ]
    )
    page = read(world, "incidents")
    assert ids(page) == ["i2", "i3", "i1"]
    second, third, first = page.items
    assert first == {
        "id": "i1",
        "title": "No hats",
        "service": "hats",
        "environment": "production",
        "repository": None,
        "detected_at": at(1),
        "resolved_at": None,
        "reopened": 1,
        "retracted": False,
    }
    assert (second["resolved_at"], second["retracted"]) == (at(4), True)
    assert (third["detected_at"], third["resolved_at"]) == (None, at(2))


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"service": "hats"}, ["i1"]),
        ({"service": "shop"}, ["i2"]),  # what i1 was said to be first is no more
        ({"service": ["shop", "hats"], "environment": "production"}, ["i2", "i1"]),
        ({"environment": "staging"}, []),
        ({"repository": f"{REPOSITORY}.git"}, ["i2"]),
        ({"from": "2026-01-05T11:00:00Z"}, ["i2"]),  # i1 began before, whatever came after
        ({"tenant": "others"}, []),
        ({"service": LONG}, []),
    ],
)
def test_incidents_are_filtered(world: World, filters: dict[str, Any], names: list[str]) -> None:
    world.tell(
        [
            incident("detected", "i1", 1),
            incident("detected", "i1", 7, service="hats"),
            incident("detected", "i2", 3, repository=REPOSITORY),
        ]
    )
    assert ids(read(world, "incidents", **filters)) == names


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 3, 4, 100])
def test_pages_go_on_where_the_last_one_ended(world: World, name: str, limit: int) -> None:
    """Several items of one moment, and of one minute of it."""
    hours = [1, 2, 2, 2, 2.0001, 3, 3, 4]
    world.tell(
        made
        for number, hour in enumerate(hours)
        for made in (
            deployed(f"d{number}", hour),
            change("merged", number, hour),
            incident("detected", f"i{number}", hour),
            incident("resolved", f"i{number}", hour + 10),
        )
    )
    whole = ids(read(world, name))
    assert len(set(whole)) == len(hours)
    found: list[list[str]] = []
    after: Place | None = None
    while True:
        page = read(world, name, after=after, limit=limit)
        found.append(ids(page))
        if (after := page.following) is None:
            break
    assert [len(each) for each in found] == _lengths(len(hours), limit)
    assert [*chain(*found)] == whole


def _lengths(count: int, size: int) -> list[int]:
    return [min(size, count - start) for start in range(0, count, size)]


def test_a_page_of_which_the_last_word_leaves_nothing_is_not_the_end(world: World) -> None:
    world.tell(
        [
            incident("detected", "i1", 1),
            incident("detected", "i2", 2),
            incident("resolved", "i2", 9, service="hats"),
        ]
    )
    page = read(world, "incidents", service="shop", limit=1)
    assert ids(page) == []
    assert ids(read(world, "incidents", service="shop", after=page.following)) == ["i1"]


@pytest.mark.parametrize(
    ("parameters", "where", "allowed"),
    [
        ({"team": "a"}, "team", True),
        ({"outcome": "good"}, "outcome", True),
        ({"kind": ["deploy", LONG]}, "kind", True),
        ({"service": ""}, "service", False),
        ({"service": "a\0"}, "service", False),
        ({"tenant": ["a", "b"]}, "tenant", False),
        ({"tenant": ""}, "tenant", False),
        ({"limit": "0"}, "limit", False),
        ({"limit": "1001"}, "limit", False),
        ({"limit": "9" * 5000}, "limit", False),
        ({"from": "yesterday"}, "from", False),
        ({"from": "2026-02-01", "to": "2026-02-01"}, "from", False),
        ({"to": "9999-01-01"}, "to", False),
        ({"cursor": "7"}, "cursor", False),
        ({"cursor": "2026-01-05T09:00:00Z "}, "cursor", False),
        ({"cursor": "2026-01-05T09:00:00Z a\0"}, "cursor", False),
    ],
)
def test_what_makes_no_sense_is_refused(
    parameters: dict[str, Any], where: str, allowed: bool
) -> None:
    given = {k: v if isinstance(v, list) else [v] for k, v in parameters.items()}
    with pytest.raises(InvalidQuery) as refused:
        ListQuery.parse(given, LISTS["deployments"].filters)
    assert refused.value.where == where
    assert bool(refused.value.allowed) is allowed
    assert len(refused.value.reason) < 500


def test_any_cursor_is_only_a_place(world: World) -> None:
    world.tell([deployed("d1", 1), change("merged", 1, 1), incident("detected", "i1", 1)])
    for name in LISTS:
        for text in ("a", "\U0010ffff", LONG):
            assert len(read(world, name, after=Place(at(2), text)).items) == 1
            assert read(world, name, after=Place(at(0), text)).items == []
