"""Reverts: which deployment failed, where titles come again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streamgauge import CDEvent
from streamgauge.postgres.database import Database
from tests.dora.asking import ask
from tests.dora.world import World, change, deployed, pushed


def landed(number: int, hours: float, commit: str, title: str) -> Sequence[CDEvent]:
    """A change was merged, with its push."""
    return [pushed(hours, commit), change("merged", number, hours, commit, title=title)]


@pytest.mark.parametrize(
    ("deployed_between", "failed"),
    [(True, 1), (False, 0)],
    ids=["it was deployed", "it never was without its revert"],
)
def test_a_revert_is_of_the_last_change_of_its_title(
    shared_database: Database, deployed_between: bool, failed: int
) -> None:
    world = World(shared_database)
    world.tell(
        [
            pushed(1, "before"),
            deployed("zero", 2, "before"),
            *landed(1, 3, "old", "Fix it"),
            deployed("one", 4, "old"),
            *landed(2, 100, "new", "Fix it"),
            *([deployed("two", 101, "new")] if deployed_between else []),
            *landed(3, 102, "back", 'Revert "Fix it"'),
            deployed("three", 103, "back"),
        ]
    )
    found = ask(world, "change_fail_rate")
    assert (found["failed"], found["n"]) == (failed, 3 + deployed_between)
    took = ask(world, "failed_deployment_recovery_time")
    assert (took["value"], took["n"]) == ((2 * 3600, 1) if deployed_between else (None, 0))
