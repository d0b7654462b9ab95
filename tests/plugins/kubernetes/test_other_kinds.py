"""StatefulSets, DaemonSets, and what is neither."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.kubernetes.builders import (
    SOURCE,
    A,
    B,
    Object,
    daemon_set,
    deployment,
    fold,
    fold_each,
    stateful_set,
    told,
    transformer,
    updates,
    watched,
)

ROLLING: dict[str, Any] = {"current": "web-1a", "update": "web-2b", "generation": 2}
ON_DELETE: dict[str, Any] = {"strategy": {"type": "OnDelete"}}
PARTITION: dict[str, Any] = {
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
}


def test_a_stateful_set_rolls_out_and_back() -> None:
    given = fold_each(
        updates(
            stateful_set(A, version=1),
            stateful_set(B, version=2, **{**ROLLING, "counts": {"observedGeneration": 1}}),
            stateful_set(
                B, version=3, counts={"updatedReplicas": 1, "readyReplicas": 2}, **ROLLING
            ),
            stateful_set(B, version=4, counts={"updatedReplicas": 3}, **ROLLING),
            stateful_set(B, version=5, current="web-2b", update="web-2b", generation=2),
            stateful_set(B, version=6, current="web-2b", update="web-2b", generation=3, replicas=5),
            stateful_set(A, version=7, generation=4, replicas=5),
            stateful_set(B, version=8, current="web-2b", update="web-2b", generation=5, replicas=5),
        )
    )
    assert [told(each) for each in given] == [
        ["deployed /shop/web"],
        [],
        [],
        [],
        ["upgraded /shop/web"],
        [],
        ["rolledback /shop/web"],
        ["rolledback /shop/web"],
    ]
    assert len({event.id for each in given for event in each}) == 4
    assert given[4][0].custom_data["revision"] == "web-2b"


def test_a_partition_is_a_canary_until_it_is_lifted() -> None:
    given = fold_each(
        updates(
            stateful_set(A, version=1, **PARTITION),
            stateful_set(B, version=2, counts={"updatedReplicas": 1}, **PARTITION, **ROLLING),
            stateful_set(B, version=3, generation=3, current="web-2b", update="web-2b"),
        )
    )
    assert [told(each) for each in given] == [
        ["deployed /shop/web"],
        [],
        ["upgraded /shop/web"],
    ]


def test_a_canary_taken_back_is_nothing() -> None:
    events = updates(
        stateful_set(A, version=1, **PARTITION),
        stateful_set(B, version=2, counts={"updatedReplicas": 1}, **PARTITION, **ROLLING),
        stateful_set(A, version=3, generation=3, counts={"updatedReplicas": 2}, **PARTITION),
        stateful_set(A, version=4, generation=3, **PARTITION),
    )
    assert told(fold(events)) == ["deployed /shop/web"]


def test_on_delete_is_complete_when_every_pod_was_replaced() -> None:
    given = fold_each(
        updates(
            stateful_set(A, version=1, **ON_DELETE),
            stateful_set(B, version=2, counts={"updatedReplicas": 0}, **ON_DELETE, **ROLLING),
            stateful_set(B, version=3, counts={"updatedReplicas": 2}, **ON_DELETE, **ROLLING),
            stateful_set(B, version=4, **ON_DELETE, **ROLLING),
        )
    )
    assert [told(each) for each in given] == [
        ["deployed /shop/web"],
        [],
        [],
        ["upgraded /shop/web"],
    ]


def test_a_stateful_set_of_no_pods_waits_and_absent_replicas_mean_one() -> None:
    assert fold(updates(stateful_set(A, replicas=0))) == []
    assert told(fold(updates(stateful_set(A, replicas=None)))) == ["deployed /shop/web"]


def test_a_stateful_set_that_does_not_count_its_updated_pods() -> None:
    assert told(fold(updates(stateful_set(A, counts={"updatedReplicas": None})))) == [
        "deployed /shop/web"
    ]


def test_a_daemon_set_rolls_out() -> None:
    given = fold_each(
        updates(
            daemon_set(A, desired=0, version=1),
            daemon_set(A, available=3, version=2),
            daemon_set(A, version=3),
            daemon_set(B, generation=2, updated=1, version=4),
            daemon_set(B, generation=2, available=3, version=5),
            daemon_set(B, generation=2, version=6),
            daemon_set(B, generation=2, desired=5, updated=4, available=4, version=7),
            daemon_set(B, generation=2, desired=5, version=8),
        )
    )
    assert [told(each) for each in given] == [
        [],
        [],
        ["deployed /shop/web"],
        [],
        [],
        ["upgraded /shop/web"],
        [],
        [],
    ]


def test_a_daemon_set_never_heard_of_is_removed_where_it_ran() -> None:
    assert told(fold([watched("delete", daemon_set(A))])) == ["removed /shop/web"]
    assert fold([watched("delete", daemon_set(A, desired=0))]) == []


def of(kind: str, api_version: str) -> Object:
    return {**deployment(A), "kind": kind, "apiVersion": api_version}


NOT_OURS: dict[str, Any] = {
    "a ReplicaSet": of("ReplicaSet", "apps/v1"),
    "a Pod": of("Pod", "v1"),
    "a Namespace": of("Namespace", "v1"),
    "a Job": of("Job", "batch/v1"),
    "an Argo Rollout": of("Rollout", "argoproj.io/v1alpha1"),
    "a Deployment of another group": of("Deployment", "example.com/v1"),
    "a reference": {"kind": "Deployment", "namespace": "shop", "name": "web"},
    "no object": "text",
    "nothing": None,
    "a list": [deployment(A)],
}


@pytest.mark.parametrize("case", NOT_OURS)
@pytest.mark.parametrize("operation", ["add", "update", "delete"])
def test_everything_else_is_of_no_interest(case: str, operation: str) -> None:
    event = watched(operation, NOT_OURS[case])
    assert transformer().state_key(event) is None
    assert transformer().transform_with_state(event, None) == ((), None)


def test_another_type_is_of_no_interest() -> None:
    event = watched("patched", deployment(A))
    assert transformer().state_key(event) is None
    assert transformer().transform_with_state(event, {"kept": 1}) == ((), {"kept": 1})


def test_the_state_belongs_to_the_uid_in_its_cluster() -> None:
    key = transformer().state_key
    here = key(watched("add", deployment(A)))
    assert here is not None
    assert here.startswith(SOURCE)
    assert here == key(watched("delete", deployment(B, name="renamed")))
    others = [
        key(watched("add", deployment(A, uid="another"))),
        key(watched("add", deployment(A), cluster="eu")),
        key(watched("add", deployment(A, uid=None))),
        key(watched("add", stateful_set(A, uid=None))),
        transformer(cluster="us").state_key(watched("add", deployment(A))),
    ]
    assert len({here, *others}) == 6
