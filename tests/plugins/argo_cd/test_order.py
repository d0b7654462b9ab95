"""What is a deployment and what an incident, whatever else is notified and in what order."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.posting import Run, kinds

from .samples import application

VERSIONS = st.lists(st.sampled_from("123"), min_size=1, max_size=7)


def deployments(*notices: Any) -> list[tuple[str, str]]:
    made = Run("argo-cd").post(*notices)
    return [
        (kind.partition(".")[2], event.custom_data["image"].rpartition(":")[2])
        for kind, event in zip(kinds(made), made, strict=True)
        if "service" in kind
    ]


def named(versions: list[str]) -> list[tuple[str, str]]:
    """What each change of version is called."""
    expected = list[tuple[str, str]]()
    for version, _ in groupby(versions):
        seen = [each for _, each in expected]
        kind = "rolledback" if version in seen else "upgraded" if seen else "deployed"
        expected.append((kind, version))
    return expected


@given(VERSIONS, st.data())
def test_an_image_counts_once_whatever_fires_again(
    versions: list[str], data: st.DataObject
) -> None:
    notices = []
    for number, version in enumerate(versions):
        at = 10 * number
        again = data.draw(st.lists(st.integers(0, 9), max_size=3))
        notices += [application([f"lamps:{version}"], at, revision="abcdef0"[number])]
        notices += [
            application([f"lamps:{version}"], at, since=at + each) for each in sorted(again)
        ]
    assert deployments(*notices) == named(versions)


@given(VERSIONS)
def test_pods_of_the_version_before_change_nothing(versions: list[str]) -> None:
    notices = []
    for number, version in enumerate(versions):
        before = versions[max(number - 1, 0)]
        notices.append(application([f"lamps:{version}", f"lamps:{before}"], 10 * number))
        notices.append(application([f"lamps:{version}"], 10 * number, since=10 * number + 1))
    assert deployments(*notices) == named(versions)


@given(st.permutations("abcdef"))
def test_no_commit_of_a_shared_repository_counts_without_an_image(commits: list[str]) -> None:
    notices = [application(at=n, revision=each) for n, each in enumerate(commits)]
    assert deployments(*notices) == [("deployed", "1")]


@given(st.permutations("1234"), st.data())
def test_no_order_makes_up_a_rollback(versions: list[str], data: st.DataObject) -> None:
    """What comes after a later one is left out; what is told is told as it was."""
    notices = [application([f"lamps:{each}"], n) for n, each in enumerate(versions)]
    in_order = {event.id for event in Run("argo-cd").post(*notices)}
    made = Run("argo-cd").post(*data.draw(st.permutations([*notices, *notices])))
    assert {event.id for event in made} <= in_order
    assert "service.rolledback" not in kinds(made)
    assert made[-1].custom_data["image"].endswith(versions[-1])


HEALTHS = st.lists(st.sampled_from(["Healthy", "Degraded", "Progressing"]), max_size=8)


@given(HEALTHS)
def test_an_incident_lasts_from_degraded_to_healthy(healths: list[str]) -> None:
    notices = [application(health=each, since=n) for n, each in enumerate(healths, 1)]
    made = [e for e in Run("argo-cd").post(*notices, *notices) if "incident" in e.type]
    expected, opened = list[tuple[str, int]](), False
    for n, health in enumerate(healths, 1):
        if (health == "Degraded" and not opened) or (health == "Healthy" and opened):
            opened = not opened
            expected.append(("detected" if opened else "resolved", n))
    assert [
        (k.partition(".")[2], e.timestamp.minute) for k, e in zip(kinds(made), made, strict=True)
    ] == expected
    subjects = [event.subject_id for event in made]
    assert subjects[::2][: len(subjects[1::2])] == subjects[1::2]
    assert len(set(subjects)) == len(subjects[::2])


def test_a_degradation_heard_of_after_its_end_is_over_at_once() -> None:
    healthy, degraded = application(since=9), application(health="Degraded", since=4)
    first = [e for e in Run("argo-cd").post(degraded, healthy) if "incident" in e.type]
    late = [e for e in Run("argo-cd").post(healthy, degraded) if "incident" in e.type]
    assert [(e.id, e.timestamp) for e in first] == [(e.id, e.timestamp) for e in late]
    assert len(late) == 2


def test_what_is_deleted_stays_deleted_until_it_is_made_anew() -> None:
    gone = application(deletionTimestamp="2026-03-02T10:00:00Z")
    run = Run("argo-cd")
    made = run.post(application(), gone, application(["lamps:2"], 5), gone)
    assert kinds(made) == ["service.deployed", "service.removed"]
    assert kinds(run.post(application(at=90, uid="u-2"))) == ["service.deployed"]


def test_images_listed_late_do_not_deploy_a_revision_twice() -> None:
    made = Run("argo-cd").post(application([]), application(), application(["lamps:2"], 9))
    assert kinds(made) == ["service.deployed", "service.upgraded"]


def test_scaling_to_nothing_and_back_is_no_deployment() -> None:
    two = ["lamps:1", "proxy:1"]
    made = Run("argo-cd").post(
        application(two), application([], 1), application(["proxy:1"], 2), application(two, 3)
    )
    assert kinds(made) == ["service.deployed"] * 2
