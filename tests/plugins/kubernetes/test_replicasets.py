"""The proof of concept's mode: core/v1 Events about ReplicaSets."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.kubernetes.builders import (
    Object,
    fold,
    scaling,
    told,
    transformer,
    updates,
    watched,
)
from tests.plugins.kubernetes.junk import JUNK, mutate

WORDINGS = {
    "without the old number": "Scaled {way} replica set web-{name} to {new}",
    "with it at the end": "Scaled {way} replica set web-{name} to {new} from {old}",
    "with it first": "Scaled {way} replica set web-{name} from {old} to {new}",
    "folded": "(combined from similar events): Scaled {way} replica set web-{name} to {new}",
}
A, B, C = "7d9c5b8f6c", "5c6d7e8f9a", "66cf9fb8b4"


class Log:
    """The messages of one Deployment, one minute apart."""

    def __init__(self, wording: str = "with it first") -> None:
        self._wording = WORDINGS[wording]
        self.events: list[Object] = []

    def scaled(self, name: str, old: int, new: int) -> Log:
        way = "up" if new > old else "down"
        place = len(self.events)
        message = self._wording.format(way=way, name=name, old=old, new=new)
        time = f"2026-03-01T12:{place:02}:00Z"
        self.events.append(scaling(message, time=time, uid=f"event-{place}"))
        return self

    def rolled(self, old: str, new: str) -> Log:
        """From two pods of the one to two of the other, one at a time."""
        self.scaled(new, 0, 1).scaled(old, 2, 1).scaled(new, 1, 2)
        return self.scaled(old, 1, 0)


@pytest.mark.parametrize("wording", WORDINGS)
def test_rollouts_are_told_and_scaling_is_not(wording: str) -> None:
    log = Log(wording).scaled(A, 0, 2).scaled(A, 2, 5).scaled(A, 5, 2).scaled(A, 2, 0)
    log.scaled(A, 0, 2).rolled(A, B).rolled(B, A).rolled(A, B).rolled(B, C)
    given = fold(updates(*log.events))
    assert [
        f"{each} {event.content['artifactId'].partition('@')[2]}"
        for each, event in zip(told(given), given, strict=True)
    ] == [
        f"deployed /shop/web {A}",
        f"upgraded /shop/web {B}",
        f"rolledback /shop/web {A}",
        f"rolledback /shop/web {B}",
        f"upgraded /shop/web {C}",
    ]
    assert len({event.id for event in given}) == 5


def test_what_it_says() -> None:
    by = transformer(
        cluster="eu", environments={"shop": "production"}, services={"shop/web": "checkout"}
    )
    (event,) = fold(updates(scaling(f"Scaled up replica set web-{A} from 0 to 2")), by)
    assert event.type == "dev.cdevents.service.deployed.0.3.0"
    assert event.source == event.subject_source == "eu"
    assert event.subject_id == "checkout"
    assert event.content == {
        "environment": {"id": "production", "source": "eu"},
        "artifactId": f"pkg:generic/shop/web@{A}",
    }
    assert event.custom_data == {
        "cluster": "eu",
        "namespace": "shop",
        "kind": "Deployment",
        "workload": "web",
        "revision": A,
    }


def test_the_timestamp() -> None:
    message = f"Scaled up replica set web-{A} to 2"
    micro = "2026-03-01T11:00:00.123456Z"
    for expected, data, sent in (
        (micro, scaling(message, eventTime=micro), None),
        ("2026-03-01T11:30:00Z", scaling(message, lastTimestamp="2026-03-01T11:30:00Z"), None),
        ("2026-03-01T12:00:00Z", scaling(message, lastTimestamp=None), None),
        ("2026-03-01T13:00:00Z", scaling(message, time=None), "2026-03-01T13:00:00Z"),
    ):
        (event,) = fold([watched("add", data, time=sent)])
        assert event.document["context"]["timestamp"] == expected
        assert "timestampInferred" not in event.custom_data
    (event,) = fold([watched("add", scaling(message, time=None), time=None)])
    assert event.custom_data["timestampInferred"] is True


class TestAgain:
    def test_a_repeated_message_counts_once(self) -> None:
        log = Log().scaled(A, 0, 2).rolled(A, B).rolled(B, A)
        assert len(fold(updates(*log.events, *log.events))) == 3

    def test_the_same_object_counted_up_while_nothing_was_rolled_out(self) -> None:
        up = scaling(f"Scaled up replica set web-{A} to 2", uid="one")
        again = {**up, "count": 2, "lastTimestamp": "2026-03-01T12:30:00Z"}
        assert told(fold([watched("add", up), watched("update", again)])) == ["deployed /shop/web"]

    def test_the_same_object_counted_up_for_a_second_rollout_to_it(self) -> None:
        log = Log().scaled(A, 0, 2).rolled(A, B).rolled(B, A)
        again = {**log.events[1], "count": 2, "lastTimestamp": "2026-03-01T12:30:00Z"}
        assert told(fold(updates(*log.events, again)))[-1] == "rolledback /shop/web"
        assert len({event.id for event in fold(updates(*log.events, again))}) == 4

    def test_a_message_from_before_the_last_rollout_is_too_late(self) -> None:
        log = Log().scaled(A, 0, 2).rolled(A, B)
        late = scaling(f"Scaled up replica set web-{C} from 0 to 1", time="2026-03-01T12:00:30Z")
        assert len(fold(updates(*log.events, late))) == 2

    def test_an_expired_object_is_no_news(self) -> None:
        up = scaling(f"Scaled up replica set web-{A} to 2", uid="one")
        assert transformer().state_key(watched("delete", up)) is None
        assert fold([watched("delete", up)]) == []


class TestStartingInTheMiddle:
    def test_scaling_says_which_is_the_current_one(self) -> None:
        log = Log().scaled(A, 3, 5).scaled(A, 5, 0).scaled(A, 0, 5).rolled(A, B).rolled(B, A)
        assert told(fold(updates(*log.events))) == ["upgraded /shop/web", "rolledback /shop/web"]

    def test_one_that_is_scaled_down_ran_before(self) -> None:
        log = Log().scaled(A, 2, 1).scaled(B, 0, 1).scaled(A, 0, 1)
        assert told(fold(updates(*log.events))) == ["upgraded /shop/web", "rolledback /shop/web"]

    def test_down_to_zero_and_back_is_scaling(self) -> None:
        log = Log().scaled(A, 2, 0).scaled(A, 0, 2)
        assert fold(updates(*log.events)) == []


def test_an_old_replica_set_that_grows_with_the_deployment_is_no_rollback() -> None:
    log = Log().scaled(A, 0, 4).scaled(B, 0, 1).scaled(A, 4, 8).scaled(B, 1, 2)
    assert told(fold(updates(*log.events))) == ["deployed /shop/web", "upgraded /shop/web"]


def test_an_adopted_replica_set_keeps_its_name() -> None:
    (event,) = fold(updates(scaling("Scaled up replica set legacy to 2")))
    assert event.content["artifactId"] == "pkg:generic/shop/web@legacy"


def test_much_is_forgotten_but_not_the_last() -> None:
    log = Log()
    for number in range(200):
        log.scaled(f"h{number}", 0, 1).scaled(f"h{number - 1}", 1, 0)
    for place, event in enumerate(log.events):
        event["lastTimestamp"] = None
        event["firstTimestamp"] = None
        event["metadata"]["uid"] = f"event-{place}"
    given = fold(updates(*log.events, scaling("Scaled up replica set web-h190 from 0 to 1")))
    assert told(given[-2:]) == ["upgraded /shop/web", "rolledback /shop/web"]


NOTHING: dict[str, Object] = {
    "another reason": scaling("Scaled up replica set web-1 to 2", reason="Started"),
    "another message": scaling("Scaled up the replica set web-1 to 2"),
    "no number": scaling("Scaled up replica set web-1 to many"),
    "no message": {**scaling(""), "message": None},
    "a Pod": scaling("Scaled up replica set web-1 to 2", involved={"kind": "Pod"}),
    "a Rollout": scaling("Scaled up replica set web-1 to 2", involved={"kind": "Rollout"}),
    "no name": scaling("Scaled up replica set web-1 to 2", involved={"name": None}),
    "no object": scaling("Scaled up replica set web-1 to 2", involvedObject=None),
    "another kind": scaling("Scaled up replica set web-1 to 2", kind="Note"),
    "another version": scaling("Scaled up replica set web-1 to 2", apiVersion="v2"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_everything_else_is_of_no_interest(case: str) -> None:
    event = watched("add", NOTHING[case])
    assert transformer().state_key(event) is None
    assert transformer().transform_with_state(event, None) == ((), None)


def test_each_message_at_most_once_without_uid_or_time() -> None:
    bare: dict[str, Any] = scaling("Scaled up replica set web-1 to 2", time=None)
    del bare["metadata"]
    assert len(fold(updates(bare, bare))) == 1


@given(st.lists(JUNK, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_a_payload_may_hold_anything(junk: list[Any], chance: random.Random) -> None:
    log = Log().scaled(A, 0, 2).rolled(A, B).rolled(B, A).rolled(A, C)
    fold(
        updates(
            *(
                mutate(copy.deepcopy(each), chance.choice(junk), chance)
                for each in log.events
                for _ in range(2)
            )
        )
    )
