"""Events that come late, twice or not at all."""

from __future__ import annotations

import pytest

from tests.plugins.kubernetes.builders import (
    EXCEEDED,
    A,
    B,
    C,
    Object,
    deployment,
    fold,
    told,
    updates,
    watched,
)


def rollouts(*, versions: bool = True, generations: bool = True) -> list[Object]:
    """A, then B, each complete."""
    objects = [
        deployment(A, version=10 if versions else None),
        deployment(B, generation=2, revision=2, version=20 if versions else None),
    ]
    if not generations:
        for each in objects:
            del each["metadata"]["generation"]
    return objects


@pytest.mark.parametrize("versions", [True, False])
@pytest.mark.parametrize("generations", [True, False])
def test_a_late_update_is_no_rollback(versions: bool, generations: bool) -> None:
    old, new = rollouts(versions=versions, generations=generations)
    assert told(fold(updates(old, new, old, old, new))) == [
        "deployed /shop/web",
        "upgraded /shop/web",
    ]


def test_an_update_from_before_the_first_that_was_seen_is_too_late() -> None:
    old, new = rollouts()
    assert told(fold(updates(new, old, new))) == ["deployed /shop/web"]


def test_a_completion_that_comes_after_the_start_of_the_next_rollout_counts() -> None:
    old, new = rollouts()
    started = deployment(B, generation=2, observed=1, version=15)
    assert told(fold(updates(started, old, new))) == ["deployed /shop/web", "upgraded /shop/web"]


def test_a_resource_version_that_is_no_number_leaves_the_generation() -> None:
    old, new = rollouts()
    old["metadata"]["resourceVersion"] = "opaque"
    assert told(fold(updates(old, new, old))) == ["deployed /shop/web", "upgraded /shop/web"]


def test_resource_versions_compare_as_numbers() -> None:
    assert told(
        fold(updates(deployment(A, version=9), deployment(B, generation=2, version=10)))
    ) == ["deployed /shop/web", "upgraded /shop/web"]


def test_a_missed_rollout_does_not_confuse_the_next() -> None:
    assert told(
        fold(
            updates(
                deployment(A, version=1),
                deployment(C, generation=3, revision=3, version=3),
                deployment(A, generation=4, revision=4, version=4),
            )
        )
    ) == ["deployed /shop/web", "upgraded /shop/web", "rolledback /shop/web"]


def test_a_late_failure_is_not_told_after_what_came_next() -> None:
    first = deployment(B, generation=2, revision=2, version=20, total=3, progressing=EXCEEDED)
    later = (*EXCEEDED[:2], "2026-03-01T15:00:00Z")
    second = deployment(C, generation=3, revision=3, version=30, total=3, progressing=later)
    done = deployment(C, generation=3, revision=3, version=40)
    running = deployment(A, version=10)
    assert told(fold(updates(running, second, first, done, first, second))) == [
        "deployed /shop/web",
        "failed /shop/web",
        "upgraded /shop/web",
    ]


def test_late_news_of_no_pods_does_not_make_a_rollout_look_delayed() -> None:
    idle = deployment(A, replicas=0, version=5)
    (_, event) = fold(
        updates(
            deployment(A, version=10),
            idle,
            deployment(B, generation=3, revision=2, version=20, status_time="2026-03-01T12:30:00Z"),
        )
    )
    assert event.document["context"]["timestamp"] == "2026-03-01T11:59:00Z"


def test_a_rollout_sent_again_does_not_hide_that_there_were_no_pods() -> None:
    first = deployment(A, version=1)
    written = "2026-03-01T12:30:00Z"
    (_, event) = fold(
        updates(
            first,
            deployment(B, replicas=0, generation=2, revision=2, version=2),
            first,
            deployment(B, generation=3, revision=2, version=3, status_time=written),
        )
    )
    assert event.document["context"]["timestamp"] == written


def test_a_deletion_that_overtakes_the_last_rollout() -> None:
    old, new = rollouts()
    gone = deployment(B, generation=2, revision=2, version=30)
    events = [watched("add", old), watched("delete", gone), watched("update", new)]
    assert told(fold(events)) == ["deployed /shop/web", "removed /shop/web"]
