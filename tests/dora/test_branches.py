"""Earliest deployments over branches that are merged into branches, against trying every way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.formulas.branches import Branches, Merge, Step
from tests.dora.world import at

BRANCHES = ("main", "release", "topic", "part")
_branch = st.sampled_from(BRANCHES)
_hour = st.integers(0, 6)


class FakeScope:
    """Gives the steps and nothing else."""

    tables = dict.fromkeys(("steps", "deployments"), "t")

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps

    def where(self, *_: object, **__: object) -> str:
        return "true"

    def fetch(self, _: object) -> Sequence[Step]:
        return self._steps


def merge(head: str, base: str, hour: int) -> Merge:
    return Merge(("t", "r", head), ("t", "r", base), at(hour))


def step(number: int, branch: str, hour: int, service: str) -> Step:
    return Step("t", "r", branch, at(hour), UUID(int=number), service, "production", None)


def every_way(
    branch: str, since: datetime, merges: Sequence[Merge], steps: Sequence[Step], left: int
) -> set[Step]:
    """All deployments that have it, however often it went through branches."""
    found = {s for s in steps if s.branch == branch and s.finished_at >= since}
    if left:
        for m in merges:
            if m.head[2] == branch and m.at >= since:
                found |= every_way(str(m.base[2]), m.at, merges, steps, left - 1)
    return found


@given(
    st.lists(st.builds(merge, _branch, _branch, _hour), max_size=6),
    st.lists(st.tuples(_branch, _hour, st.sampled_from(("shop", "pay"))), max_size=6),
    _branch,
    _hour,
)
def test_they_are_the_first_of_each_service_that_have_it(
    merges: list[Merge], deployments: list[tuple[str, int, str]], branch: str, hour: int
) -> None:
    steps = sorted((step(n, *each) for n, each in enumerate(deployments)), key=_order)
    ordered = sorted(merges, key=lambda m: m.at)
    branches = Branches(cast("Scope", FakeScope(steps)), ordered)
    firsts: dict[str, Step] = {}
    for possible in sorted(
        every_way(branch, at(hour), merges, steps, left=len(BRANCHES)), key=_order
    ):
        firsts.setdefault(possible.service, possible)
    assert branches.deployed(("t", "r", branch), at(hour)) == list(firsts.values())


def _order(step: Step) -> tuple[datetime, UUID]:
    return (step.finished_at, step.deployment_id)
