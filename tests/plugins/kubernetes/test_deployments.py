"""Resource mode: one Deployment with one container."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.kubernetes.builders import (
    AVAILABLE,
    EXCEEDED,
    A,
    B,
    C,
    deployment,
    fold,
    fold_each,
    told,
    updates,
    watched,
)


def test_the_first_complete_rollout_deploys() -> None:
    (event,) = fold(updates(deployment(A)))
    assert event.type == "dev.cdevents.service.deployed.0.3.0"
    assert event.subject_id == "/shop/web"
    assert event.subject_source == event.source == "https://10.96.0.1:443"
    assert event.content == {
        "environment": {"id": "shop", "source": "https://10.96.0.1:443"},
        "artifactId": "pkg:oci/web@sha256:"
        + "a" * 64
        + "?repository_url=registry.example/team/web&tag=1.0",
    }


def test_an_add_of_something_complete_counts_once() -> None:
    complete = deployment(A)
    events = [watched("add", complete), watched("add", complete), watched("update", complete)]
    assert told(fold(events)) == ["deployed /shop/web"]


def test_a_life() -> None:
    given = fold_each(
        [
            watched("add", deployment(A, updated=0, total=0, available=0, observed=0, version=1)),
            *updates(
                deployment(A, version=2),
                deployment(B, generation=2, observed=1, version=3),
                deployment(B, generation=2, revision=2, updated=1, total=3, version=4),
                deployment(B, generation=2, revision=2, version=5),
                deployment(B, generation=2, revision=2, available=1, version=6),
                deployment(B, generation=2, revision=2, version=7),
                deployment(B, generation=3, revision=2, replicas=5, version=8),
                deployment(A, generation=4, revision=3, version=9),
                deployment(B, generation=5, revision=4, version=10),
                deployment(C, generation=6, revision=5, version=11),
            ),
            watched("delete", deployment(C, generation=6, revision=5, version=12)),
        ]
    )
    assert [told(each) for each in given] == [
        [],
        ["deployed /shop/web"],
        [],
        [],
        ["upgraded /shop/web"],
        [],
        [],
        [],
        ["rolledback /shop/web"],
        ["rolledback /shop/web"],
        ["upgraded /shop/web"],
        ["removed /shop/web"],
    ]
    assert len({event.id for each in given for event in each}) == 6


INCOMPLETE: dict[str, dict[str, Any]] = {
    "the status is about an earlier spec": {"generation": 2, "observed": 1},
    "old pods are left": {"total": 3},
    "not all pods are new": {"updated": 1},
    "not all pods are available": {"available": 1},
    "no pods yet": {"updated": 0, "total": 0, "available": 0},
    "pods of a larger spec": {"updated": 3, "total": 3, "available": 3},
    "progressing, not done": {"progressing": ("True", "ReplicaSetUpdated", AVAILABLE[2])},
    "a ReplicaSet that cannot be made": {
        "progressing": ("False", "ReplicaSetCreateError", AVAILABLE[2])
    },
    "paused with a changed template": {
        "paused": True,
        "updated": 0,
        "progressing": ("Unknown", "DeploymentPaused", AVAILABLE[2]),
    },
}


@pytest.mark.parametrize("case", INCOMPLETE)
def test_what_is_not_complete_tells_nothing(case: str) -> None:
    assert fold(updates(deployment(A, **INCOMPLETE[case]))) == []


COMPLETE: dict[str, dict[str, Any]] = {
    "replicas is absent and means 1": {"replicas": None},
    "the conditions are missing, as without a progress deadline": {"progressing": None},
    "paused after it was rolled out": {
        "paused": True,
        "progressing": ("Unknown", "DeploymentPaused", AVAILABLE[2]),
    },
    "observed further than known": {"observed": 7},
    "no revision": {"revision": None},
    "a kubectl that shows no resourceVersion": {"version": None},
}


@pytest.mark.parametrize("case", COMPLETE)
def test_what_is_complete_tells(case: str) -> None:
    assert told(fold(updates(deployment(A, **COMPLETE[case])))) == ["deployed /shop/web"]


def test_restarts_annotations_and_scaling_tell_nothing() -> None:
    events = updates(
        deployment(A, version=1),
        deployment(A, version=2, annotations={"note": "changed"}),
        deployment(A, version=3, generation=2, revision=2, template_annotations={"at": "noon"}),
        deployment(A, version=4, generation=3, revision=2, replicas=9),
        deployment(A, version=5, generation=4, revision=2, replicas=0),
        deployment(A, version=6, generation=5, revision=2, replicas=1),
    )
    assert told(fold(events)) == ["deployed /shop/web"]


def test_the_same_digest_under_another_tag_or_registry_is_the_same_image() -> None:
    mirrored = "mirror.example/web:stable@sha256:" + "a" * 64
    assert told(fold(updates(deployment(A), deployment(mirrored, generation=2)))) == [
        "deployed /shop/web"
    ]


class TestNoPodsWanted:
    def test_created_with_none_it_is_deployed_when_scaled_up(self) -> None:
        given = fold_each(
            updates(
                deployment(A, replicas=0, version=1),
                deployment(A, replicas=1, generation=2, observed=1, total=0, version=2),
                deployment(A, replicas=1, generation=2, version=3),
            )
        )
        assert [told(each) for each in given] == [[], [], ["deployed /shop/web"]]

    def test_a_new_image_counts_when_the_first_pods_run_it(self) -> None:
        given = fold_each(
            updates(
                deployment(A, version=1),
                deployment(A, replicas=0, generation=2, version=2),
                deployment(B, replicas=0, generation=3, revision=2, version=3),
                deployment(C, replicas=0, generation=4, revision=3, version=4),
                deployment(
                    C,
                    replicas=2,
                    generation=5,
                    revision=3,
                    version=5,
                    status_time="2026-03-01T11:59:50Z",
                ),
            )
        )
        assert [told(each) for each in given] == [
            ["deployed /shop/web"],
            [],
            [],
            [],
            ["upgraded /shop/web"],
        ]
        # The condition still has the time at which the rollout ended without any pod.
        assert given[4][0].document["context"]["timestamp"] == "2026-03-01T11:59:50Z"

    def test_going_back_while_idle_was_never_a_rollout(self) -> None:
        events = updates(
            deployment(A, version=1),
            deployment(B, replicas=0, generation=2, revision=2, version=2),
            deployment(A, replicas=0, generation=3, revision=3, version=3),
            deployment(A, replicas=2, generation=4, revision=3, version=4),
        )
        assert told(fold(events)) == ["deployed /shop/web"]


class TestFailures:
    def test_a_failure_is_told_once_per_revision(self) -> None:
        stuck: dict[str, Any] = {"updated": 1, "total": 3, "progressing": EXCEEDED}
        later = ("False", "ProgressDeadlineExceeded", "2026-03-01T13:00:00Z")
        events = updates(
            deployment(A, version=1),
            deployment(B, generation=2, revision=2, version=2, **stuck),
            deployment(B, generation=2, revision=2, version=3, **stuck),
            deployment(B, generation=3, revision=2, version=4, replicas=5, **stuck),
            deployment(B, generation=3, revision=2, version=5, **{**stuck, "progressing": later}),
            deployment(C, generation=4, revision=3, version=6, **{**stuck, "progressing": later}),
        )
        # The last has the condition of the attempt before, as it stands until there is progress.
        assert told(fold(events)) == ["deployed /shop/web", "failed /shop/web", "failed /shop/web"]

    def test_what_it_says(self) -> None:
        (event,) = fold(updates(deployment(A, updated=1, total=3, progressing=EXCEEDED)))
        assert event.type == "dev.cdeventsx.streamgauge-deployment.failed.0.1.0"
        assert event.subject_id == "/shop/web"
        assert event.content["environment"] == {"id": "shop", "source": "https://10.96.0.1:443"}
        assert event.content["artifactId"].startswith("pkg:oci/web@sha256:aaa")
        assert event.document["context"]["timestamp"] == "2026-03-01T11:59:30Z"
        assert event.custom_data["revision"] == "1"

    def test_back_to_the_running_image_is_no_rollback(self) -> None:
        events = updates(
            deployment(A, version=1),
            deployment(B, generation=2, revision=2, updated=1, total=3, progressing=EXCEEDED),
            deployment(A, generation=3, revision=3, version=3),
        )
        assert told(fold(events)) == ["deployed /shop/web", "failed /shop/web"]

    def test_the_condition_that_is_left_over_after_an_undo_is_no_failure(self) -> None:
        events = updates(
            deployment(A, replicas=1, version=1),
            deployment(B, replicas=1, generation=2, revision=2, version=2),
            deployment(
                C, replicas=1, generation=3, revision=3, version=3, total=2, progressing=EXCEEDED
            ),
            deployment(
                A, replicas=1, generation=4, revision=4, version=4, total=3, progressing=EXCEEDED
            ),
            deployment(A, replicas=1, generation=4, revision=4, version=5),
        )
        assert told(fold(events)) == [
            "deployed /shop/web",
            "upgraded /shop/web",
            "failed /shop/web",
            "rolledback /shop/web",
        ]

    def test_a_condition_about_an_earlier_spec_is_no_failure(self) -> None:
        behind = deployment(C, generation=3, observed=2, revision=2, progressing=EXCEEDED)
        assert fold(updates(behind)) == []

    def test_a_failing_change_of_configuration_alone_tells_nothing(self) -> None:
        events = updates(
            deployment(A, version=1),
            deployment(A, generation=2, revision=2, updated=1, total=3, progressing=EXCEEDED),
        )
        assert told(fold(events)) == ["deployed /shop/web"]

    def test_a_late_success_is_told_too(self) -> None:
        events = updates(
            deployment(A, version=1),
            deployment(B, generation=2, revision=2, updated=1, total=3, progressing=EXCEEDED),
            deployment(B, generation=2, revision=2, version=3),
        )
        assert told(fold(events)) == [
            "deployed /shop/web",
            "failed /shop/web",
            "upgraded /shop/web",
        ]

    def test_an_image_that_cannot_be_pulled_for_its_name(self) -> None:
        (event,) = fold(updates(deployment("web@broken", total=3, progressing=EXCEEDED)))
        assert event.content["artifactId"] == "pkg:generic/web-broken"


class TestRemoval:
    def test_what_never_ran_is_not_removed(self) -> None:
        broken = deployment(A, updated=1, total=1, available=0, progressing=EXCEEDED)
        assert told(fold([watched("update", broken), watched("delete", broken)])) == [
            "failed /shop/web"
        ]
        assert fold([watched("delete", broken)]) == []

    def test_of_something_never_heard_of(self) -> None:
        assert told(fold([watched("delete", deployment(A))])) == ["removed /shop/web"]

    def test_happens_once_and_nothing_comes_after_it(self) -> None:
        gone = watched("delete", deployment(A, version=9))
        late = watched("update", deployment(B, generation=2, revision=2, version=8))
        events = [watched("add", deployment(A, version=1)), gone, gone, late, gone]
        assert told(fold(events)) == ["deployed /shop/web", "removed /shop/web"]

    def test_needs_no_pod_template(self) -> None:
        thinned = deployment(A)
        del thinned["spec"], thinned["status"]
        events = [watched("update", deployment(A)), watched("delete", thinned)]
        assert told(fold(events)) == ["deployed /shop/web", "removed /shop/web"]

    def test_a_workload_made_again_starts_anew(self) -> None:
        events = [
            watched("add", deployment(A)),
            watched("delete", deployment(A)),
            watched("add", deployment(A, uid="another")),
        ]
        given = fold(events)
        assert told(given) == ["deployed /shop/web", "removed /shop/web", "deployed /shop/web"]
        assert len({event.id for event in given}) == 3

    def test_without_uids_a_newer_version_or_an_add_starts_anew(self) -> None:
        for first, last, again in ((1, 5, 9), (None, None, None)):
            events = [
                watched("add", deployment(A, uid=None, version=first)),
                watched("delete", deployment(A, uid=None, version=last)),
                watched("update", deployment(A, uid=None, version=first)),
                watched("add", deployment(A, uid=None, version=again)),
            ]
            given = fold(events)
            assert told(given) == ["deployed /shop/web", "removed /shop/web", "deployed /shop/web"]
            assert len({event.id for event in given}) == 3


def test_back_and_forth_has_ids_of_its_own_even_where_the_revision_does_not_grow() -> None:
    for revisions in ((1, 2, 3, 4), (1, 1, 1, 1), (None,) * 4):
        events = updates(
            *(
                deployment(image, generation=place, revision=revision, version=place)
                for place, (image, revision) in enumerate(
                    zip((A, B, A, B), revisions, strict=True), 1
                )
            )
        )
        given = fold(events)
        assert told(given) == [
            "deployed /shop/web",
            "upgraded /shop/web",
            "rolledback /shop/web",
            "rolledback /shop/web",
        ]
        assert len({event.id for event in given}) == 4


def test_a_rollback_beyond_what_is_remembered_is_an_upgrade() -> None:
    images = [f"registry.example/web:{number}" for number in range(60)]
    events = updates(
        *(deployment(image, generation=n, revision=n) for n, image in enumerate(images, 1)),
        deployment(images[40], generation=70, revision=70),
        deployment(images[2], generation=71, revision=71),
    )
    assert told(fold(events))[-2:] == ["rolledback /shop/web", "upgraded /shop/web"]
