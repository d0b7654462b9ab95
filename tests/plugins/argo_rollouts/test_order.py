"""What a Rollout has brought to all the traffic, however it is heard of and in what order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from tests.plugins.posting import kinds

from .samples import aborted, fold, minute, notified, rollout, watched

IMAGES = st.lists(st.sampled_from("abc"), min_size=1, max_size=7)


def facts(events: list[CDEvent]) -> set[tuple[str, str, str]]:
    return {(e.id, e.timestamp.isoformat(), str(e.custom_data["image"])) for e in events}


@given(IMAGES, st.integers(1, 3))
def test_each_new_image_is_told_once_however_often_it_is_seen(
    images: list[str], times: int
) -> None:
    seen = [watched(rollout(image, n)) for n, image in enumerate(images) for _ in range(times)]
    expected, history = [], list[str]()
    for image in images:
        if not history or history[-1] != image:
            kind = "rolledback" if image in history else "upgraded" if history else "deployed"
            expected.append(f"service.{kind}")
            history.append(image)
    assert kinds(fold(*seen)) == expected


@given(st.permutations("abcde"), st.data())
def test_different_images_are_the_same_facts_in_any_order(
    images: list[str], data: st.DataObject
) -> None:
    seen = [watched(rollout(image, n)) for n, image in enumerate(images)]
    shuffled = fold(*data.draw(st.permutations([*seen, *seen])))
    assert facts(shuffled) == facts(fold(*seen))
    assert "service.rolledback" not in kinds(shuffled)


@given(st.permutations("abc"), st.data())
def test_the_notification_and_the_object_tell_one_thing(
    images: list[str], data: st.DataObject
) -> None:
    objects = [watched(rollout(image, n)) for n, image in enumerate(images)]
    notices = [notified("rollout-completed", rollout(image, n)) for n, image in enumerate(images)]
    both = data.draw(st.permutations([*objects, *notices]))
    assert facts(fold(*both)) == facts(fold(*objects)) == facts(fold(*notices))


@given(st.data())
def test_an_aborted_revision_fails_once(data: st.DataObject) -> None:
    attempts = [watched(aborted("b", 2)), notified("rollout-aborted", rollout("b", 2))]
    attempts = data.draw(st.permutations(attempts * 2))
    made = fold(watched(rollout("a", 1)), *attempts, watched(rollout("a", 3)))
    assert kinds(made) == ["service.deployed", "deployment.failed"]
    made = fold(watched(rollout("a", 1)), *attempts, watched(rollout("c", 3)), *attempts)
    assert kinds(made) == ["service.deployed", "deployment.failed", "service.upgraded"]


def test_what_serves_already_cannot_fail() -> None:
    again = watched(aborted("a", 2))
    assert kinds(fold(watched(rollout("a", 1)), again)) == ["service.deployed"]


def test_a_rollout_that_is_gone_stays_gone() -> None:
    first, gone = watched(rollout("a", 1)), watched(rollout("a", 1), "delete")
    made = fold(first, gone, first, watched(rollout("b", 2)), gone)
    assert kinds(made) == ["service.deployed", "service.removed"]
    document = rollout("a", 1)
    document["metadata"]["deletionTimestamp"] = minute(90)
    [removed] = fold(watched(document, "delete"))
    assert removed.timestamp.isoformat() == minute(90)


def test_a_rollout_made_anew_is_another_one() -> None:
    anew = rollout("a", 1)
    anew["metadata"]["uid"] = "u-2"
    made = fold(watched(rollout("a", 1)), watched(rollout("a", 1), "delete"), watched(anew))
    assert kinds(made) == ["service.deployed", "service.removed", "service.deployed"]
