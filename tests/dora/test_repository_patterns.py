"""Repositories can be asked for by pattern: of any host, or below a group."""

from __future__ import annotations

import re

import pytest

from streamgauge.metrics.items import any_of
from streamgauge.postgres.database import Database
from tests.dora.asking import METRICS, ask
from tests.dora.world import World, deployed, incident

FREQUENCY, _, RATE, *_ = METRICS


@pytest.mark.parametrize(
    ("path", "meant", "others"),
    [
        ("*/a/b", ["x/a/b"], ["x/c/a/b", "x/a/b/c", "/x/a/b", "a/b"]),
        ("x/a/**", ["x/a/b", "x/a/b/c"], ["x/a", "y/a/b", "x/ab/c"]),
        ("x/a.b+c-d/*", ["x/a.b+c-d/e"], ["x/aXb+c-d/e", "x/a.bb+c-d/e", "x/a.b+c-d/e/f"]),
        ("x/a", ["x/a"], ["x/ab", "x/A"]),
    ],
)
def test_one_star_ends_at_a_slash(path: str, meant: list[str], others: list[str]) -> None:
    assert [each for each in [*meant, *others] if re.search(any_of([path]), each)] == meant


def test_deployments_and_incidents_are_filtered_alike(database: Database) -> None:
    world = World(database)
    repositories = ("https://one.example/a/b", "git@two.example:a/b.git", "https://one.example/a/c")
    for n, repository in enumerate(repositories):
        world.add([deployed(f"d{n}", n, repository=repository)])
        world.add([incident("detected", f"i{n}", n, repository=repository)])
    world.link(None)
    for pattern, n in (("*/a/b", 2), ("one.example/a/**", 2), ("one.example/*/c", 1), ("*/A/b", 2)):
        assert ask(world, FREQUENCY, repository=pattern)["n"] == n
        found = ask(world, RATE, repository=pattern, definition="gitlab")
        assert (found["n"], found["incidents"]) == (n, n)
    assert ask(world, FREQUENCY, repository=["*/a/c", "two.example/a/b"])["n"] == 2
