"""Which of the many things that Flux says is a deployment, in whatever order they come."""

from __future__ import annotations

from itertools import groupby, permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.posting import Run, kinds

from .samples import COMMITS, applied, event

HISTORIES = st.lists(st.sampled_from("abc"), min_size=1, max_size=8)


@given(HISTORIES, st.integers(1, 3))
def test_a_revision_counts_once_however_often_it_is_applied(names: str, times: int) -> None:
    run = Run("flux")
    made = run.post(
        *(applied(name, 10 * n + again) for n, name in enumerate(names) for again in range(times))
    )
    changes = [name for name, _ in groupby(names)]
    assert [event.custom_data["revision"][10:] for event in made] == [COMMITS[n] for n in changes]
    seen: list[str] = []
    for name, kind in zip(changes, kinds(made), strict=True):
        expected = "rolledback" if name in seen else "upgraded" if seen else "deployed"
        assert kind == f"service.{expected}"
        seen.append(name)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True), st.data())
def test_different_revisions_count_once_each_in_any_order(
    names: list[str], data: st.DataObject
) -> None:
    said = [applied(name, n) for n, name in enumerate(names)]
    made = Run("flux").post(*data.draw(st.permutations([*said, *said])))
    in_order = Run("flux").post(*said)
    assert {(e.id, e.timestamp) for e in made} == {(e.id, e.timestamp) for e in in_order}
    assert "service.rolledback" not in kinds(made)


def test_a_failure_does_not_hide_the_success_that_follows() -> None:
    failed = event("HealthCheckFailed", minute=1, revision=f"main@sha1:{COMMITS['b']}")
    made = Run("flux").post(applied("a"), failed, applied("b", 2))
    assert kinds(made) == ["service.deployed", "deployment.failed", "service.upgraded"]


def test_a_failure_of_what_is_deployed_is_no_failed_deployment_in_any_order() -> None:
    later = event("HealthCheckFailed", minute=5, revision=f"main@sha1:{COMMITS['a']}")
    before = event("HealthCheckFailed", minute=-5, revision=f"main@sha1:{COMMITS['a']}")
    assert kinds(Run("flux").post(applied("a"), later)) == ["service.deployed"]
    for order in permutations([before, applied("a")]):
        assert sorted(kinds(Run("flux").post(*order))) == ["deployment.failed", "service.deployed"]


def test_two_releases_of_one_time_are_one() -> None:
    said = event("UpgradeSucceeded", "HelmRelease", revision="1.0.0", token="sha256:1")
    twice = {**said, "reportingInstance": "another alert's"}
    assert kinds(Run("flux").post(said, twice)) == ["service.upgraded"]


def test_a_release_installed_after_it_was_removed_is_deployed_anew() -> None:
    run = Run("flux")
    made = run.post(
        *(
            event(reason, "HelmRelease", minute, revision="1.0.0")
            for minute, reason in enumerate(
                ("InstallSucceeded", "UninstallSucceeded", "InstallSucceeded")
            )
        )
    )
    assert kinds(made) == ["service.deployed", "service.removed", "service.deployed"]


def test_objects_do_not_share_a_memory() -> None:
    first = applied("a")
    other = applied("b", 1)
    other["involvedObject"] = {**other["involvedObject"], "uid": "another"}
    assert kinds(Run("flux").post(first, other)) == ["service.deployed"] * 2
