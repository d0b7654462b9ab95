"""The memory of deployments: whatever comes in whatever order, and however often."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streamgauge.sources import Deployments
from streamgauge.sources.deployments import REMEMBERED

START = datetime(2026, 3, 1, tzinfo=UTC)
TIMES = st.integers(0, 12).map(lambda hours: START + timedelta(hours=hours))
VERSIONS = st.sampled_from(["1.0", "1.1", "2.0"])
NAMES = st.sampled_from(["d-1", "d-2", "d-3", "d-4"])


def told(*deployments: tuple[int, str], state: Any = None) -> list[str | None]:
    """What each is called, each an occurrence of its own."""
    names = []
    for hours, version in deployments:
        memory = Deployments(state)
        at = START + timedelta(hours=hours)
        names.append(memory.add(at, version, f"{hours} {version}"))
        state = json.loads(json.dumps(memory.state()))
    return names


@pytest.mark.parametrize(
    ("deployments", "names"),
    [
        ([(1, "a")], ["deployed"]),
        ([(1, "a"), (2, "b")], ["deployed", "upgraded"]),
        ([(1, "a"), (2, "a")], ["deployed", "deployed"]),
        ([(1, "a"), (2, "b"), (3, "a")], ["deployed", "upgraded", "rolledback"]),
        ([(1, "a"), (2, "b"), (3, "a"), (4, "b")],
         ["deployed", "upgraded", "rolledback", "rolledback"]),
        # Late ones find their place, and the names that were given stay.
        ([(2, "b"), (1, "a")], ["deployed", "deployed"]),
        ([(1, "a"), (3, "a"), (2, "b")], ["deployed", "deployed", "upgraded"]),
        ([(3, "c"), (1, "a"), (2, "c"), (4, "a")],
         ["deployed", "deployed", "upgraded", "rolledback"]),
    ],
)  # fmt: skip
def test_what_a_deployment_was(deployments: list[tuple[int, str]], names: list[str]) -> None:
    assert told(*deployments) == names


def test_the_same_success_said_again_is_nothing_and_at_the_same_time_the_same() -> None:
    memory = Deployments(None)
    assert memory.add(START, "a", "d-1") == "deployed"
    assert memory.add(START, "a", "d-1") == "deployed"
    assert memory.add(START + timedelta(hours=1), "a", "d-1") is None
    assert memory.add(START - timedelta(hours=1), "a", "d-1") is None
    assert memory.add(START + timedelta(hours=2), "b", "d-2") == "upgraded"
    # It was made active again after another: a rollback by the tool's own means.
    assert memory.add(START + timedelta(hours=3), "a", "d-1") == "rolledback"
    assert memory.latest == "a"


def test_a_time_is_an_instant_in_whatever_zone() -> None:
    memory = Deployments(None)
    memory.add(START, "a", "d-1")
    elsewhere = START.astimezone(timezone(timedelta(hours=-8)))
    assert memory.add(elsewhere, "a", "d-1") == "deployed"
    assert len(memory.state()["deployments"]) == 1


def test_no_more_is_remembered_than_the_bound() -> None:
    memory = Deployments(None)
    for hours in range(REMEMBERED + 10):
        memory.add(START + timedelta(hours=hours), f"v{hours}", f"d-{hours}")
    assert len(memory.state()["deployments"]) == REMEMBERED
    after = START + timedelta(days=30)
    assert Deployments(memory.state()).add(after, "v10", "back") == "rolledback"
    assert Deployments(memory.state()).add(after, "v9", "too far back") == "upgraded"
    # What is older than all that is remembered is told, and forgotten at once.
    before = START - timedelta(days=1)
    known = memory.state()
    for _ in range(2):
        assert memory.add(before, "v0", "late") == "deployed"
    assert memory.state() == known


@pytest.mark.parametrize("state", [None, {}, {"deployments": []}])
def test_nothing_is_remembered_at_first(state: Any) -> None:
    memory = Deployments(state)
    assert (memory.latest, memory.state()) == (None, {"deployments": []})


def test_a_state_of_before_names_were_kept_is_read() -> None:
    entry = ["2026-03-01T00:00:00.000000+00:00", "a", "d-1"]
    memory = Deployments({"deployments": [entry]})
    assert memory.add(START, "a", "d-1") == "deployed"
    assert memory.add(START + timedelta(hours=1), "b", "d-2") == "upgraded"


@given(st.lists(st.tuples(TIMES, VERSIONS), unique_by=lambda each: each[0], max_size=10))
def test_in_order_each_is_named_by_what_was_there_before(
    deployments: list[tuple[datetime, str]],
) -> None:
    memory, before = Deployments(None), list[str]()
    for number, (at, version) in enumerate(sorted(deployments)):
        done = memory.add(at, version, str(number))
        expected = (
            "deployed" if not before or before[-1] == version
            else "rolledback" if version in before else "upgraded"
        )  # fmt: skip
        assert done == expected
        before.append(version)
        assert memory.latest == version


@given(
    st.lists(st.tuples(TIMES, VERSIONS), unique_by=lambda each: each[0], min_size=1, max_size=10),
    st.randoms(use_true_random=False),
)
def test_in_any_order_the_same_is_remembered(
    deployments: list[tuple[datetime, str]], random: Any
) -> None:
    def remembered(sent: list[tuple[datetime, str]]) -> list[list[str]]:
        memory = Deployments(None)
        for at, version in sent:
            memory.add(at, version, str(at))
        return [each[:3] for each in memory.state()["deployments"]]

    shuffled = [*deployments, *deployments]
    random.shuffle(shuffled)
    assert remembered(shuffled) == remembered(sorted(deployments))


class Memory(RuleBasedStateMachine):
    """A log with deployments that come late, come again, and succeed again."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Any = None
        self.said: dict[tuple[datetime, str, str], str] = {}

    @rule(at=TIMES, version=VERSIONS, name=NAMES)
    def succeed(self, at: datetime, version: str, name: str) -> None:
        known = {each[2] for each in (self.state or {}).get("deployments", ())}
        memory = Deployments(self.state)
        done = memory.add(at, version, name)
        self.state = json.loads(json.dumps(memory.state()))
        entry = (at, version, name)
        if entry in self.said:
            assert done == self.said[entry], "what is said again is called as before"
        elif done is None:
            assert name in known, "only what has succeeded already is left out"
        else:
            self.said[entry] = done

    @invariant()
    def what_was_told_is_remembered_in_order_and_once(self) -> None:
        kept = (self.state or {}).get("deployments", [])
        assert kept == sorted(kept)
        assert len(kept) == len(self.said)
        for each in kept:
            entry = (datetime.fromisoformat(each[0]), each[1], each[2])
            assert self.said[entry] == each[3]

    @invariant()
    def the_first_of_all_was_called_deployed(self) -> None:
        kept = (self.state or {}).get("deployments", [])
        if kept:
            assert kept[0][3] == "deployed"

    @invariant()
    def no_occurrence_stands_beside_itself_unless_something_came_between(self) -> None:
        """What came late may have been put between two successes of one, never taken away."""
        kept = (self.state or {}).get("deployments", [])
        assert not any(one[2] == other[2] for one, other in pairwise(kept))


TestMemory = Memory.TestCase
TestMemory.settings = settings(max_examples=200, stateful_step_count=20)
