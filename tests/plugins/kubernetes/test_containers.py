"""Pods of several containers: each is a service of its own, and names last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.plugins.kubernetes.builders import (
    EXCEEDED,
    PROXY,
    A,
    B,
    deployment,
    fold,
    fold_each,
    told,
    transformer,
    updates,
    watched,
)

NEWER_PROXY = "envoyproxy/envoy:v1.32"


def lives(*pods: Mapping[str, str], **rest: Any) -> list[list[str]]:
    """What a Deployment tells that is rolled out with these containers, one after the other."""
    objects = [
        deployment(pod, generation=place, revision=place, version=place, **rest)
        for place, pod in enumerate(pods, 1)
    ]
    return [told(given) for given in fold_each(updates(*objects))]


def test_the_container_called_like_the_workload_is_the_main_one() -> None:
    assert lives({"proxy": PROXY, "web": A}, {"proxy": PROXY, "web": B}) == [
        ["deployed /shop/web/proxy", "deployed /shop/web"],
        ["upgraded /shop/web"],
    ]


def test_else_the_first_one_is() -> None:
    assert lives({"app": A, "proxy": PROXY}) == [["deployed /shop/web", "deployed /shop/web/proxy"]]


def test_unless_the_pod_template_names_one() -> None:
    chosen = {"kubectl.kubernetes.io/default-container": "app"}
    assert lives({"web": PROXY, "app": A}, template_annotations=chosen) == [
        ["deployed /shop/web/web", "deployed /shop/web"]
    ]


def test_a_container_added_first_does_not_rename_the_service() -> None:
    assert lives(
        {"app": A},
        {"web": PROXY, "app": A},
        {"web": PROXY, "app": B},
        {"app": B},
        {"app": A, "web": PROXY},
    ) == [
        ["deployed /shop/web"],
        ["deployed /shop/web/web"],
        ["upgraded /shop/web"],
        ["removed /shop/web/web"],
        ["rolledback /shop/web", "deployed /shop/web/web"],
    ]


def test_a_renamed_container_carries_on() -> None:
    assert lives({"app": A, "proxy": PROXY}, {"server": B, "proxy": PROXY}, {"app": A}) == [
        ["deployed /shop/web", "deployed /shop/web/proxy"],
        ["upgraded /shop/web"],
        ["rolledback /shop/web", "removed /shop/web/proxy"],
    ]


def test_the_main_container_alone_may_go_and_come() -> None:
    assert lives(
        {"app": A, "proxy": PROXY}, {"proxy": NEWER_PROXY}, {"proxy": PROXY, "app": A}
    ) == [
        ["deployed /shop/web", "deployed /shop/web/proxy"],
        ["upgraded /shop/web/proxy", "removed /shop/web"],
        ["rolledback /shop/web/proxy", "deployed /shop/web"],
    ]


def test_a_failure_is_that_of_the_containers_with_a_new_image() -> None:
    stuck: dict[str, Any] = {"updated": 1, "total": 3, "progressing": EXCEEDED}
    events = updates(
        deployment({"web": A, "proxy": PROXY}, version=1),
        deployment({"web": B, "proxy": PROXY}, generation=2, revision=2, version=2, **stuck),
    )
    assert told(fold(events)) == [
        "deployed /shop/web",
        "deployed /shop/web/proxy",
        "failed /shop/web",
    ]


def test_a_failure_under_a_new_name_is_that_of_the_same_service() -> None:
    stuck: dict[str, Any] = {"updated": 1, "total": 3, "progressing": EXCEEDED}
    same, other = (
        updates(
            deployment({"app": A}, version=1),
            deployment({"server": image}, generation=2, revision=2, version=2, **stuck),
        )
        for image in (A, B)
    )
    assert told(fold(same)) == ["deployed /shop/web"]
    assert told(fold(other)) == ["deployed /shop/web", "failed /shop/web"]


def test_a_first_attempt_that_fails_settles_the_name() -> None:
    stuck: dict[str, Any] = {"updated": 1, "total": 1, "available": 0, "progressing": EXCEEDED}
    events = updates(
        deployment({"app": A}, version=1, **stuck),
        deployment({"proxy": PROXY, "app": B}, generation=2, revision=2, version=2),
    )
    assert told(fold(events)) == [
        "failed /shop/web",
        "deployed /shop/web/proxy",
        "deployed /shop/web",
    ]


def test_every_container_goes_with_the_workload() -> None:
    pod = {"web": A, "proxy": PROXY}
    events = [watched("add", deployment(pod)), watched("delete", deployment(pod))]
    assert told(fold(events)[2:]) == ["removed /shop/web/proxy", "removed /shop/web"]
    (first, second) = fold([watched("delete", deployment(pod))])
    assert told([first, second]) == ["removed /shop/web", "removed /shop/web/proxy"]
    assert second.custom_data["image"] == PROXY


def test_only_the_main_container_is_credited_with_the_commit() -> None:
    notes = {
        "org.opencontainers.image.revision": "0123abc",
        "org.opencontainers.image.source": "https://git.example/shop/web",
    }
    labels = {"app.kubernetes.io/version": "1.0"}
    main, proxy = fold(
        updates(deployment({"web": A, "proxy": PROXY}, annotations=notes, labels=labels))
    )
    assert main.custom_data["commit"] == "0123abc"
    assert {"commit", "repository", "version"}.isdisjoint(proxy.custom_data)


def test_a_pod_template_that_cannot_be_read_whole_is_not_read() -> None:
    good = deployment({"web": A, "proxy": PROXY})
    for broken in ({"name": "proxy"}, {"image": PROXY}, "proxy", {"name": "web", "image": PROXY}):
        bad = deployment({"web": B, "proxy": PROXY}, generation=2, revision=2)
        bad["spec"]["template"]["spec"]["containers"][1] = broken
        assert len(fold(updates(good, bad))) == 2


def test_names_from_the_settings() -> None:
    by = transformer(services={"shop/web": "checkout", "shop/*/proxy": "edge"})
    pod = {"web": A, "proxy": PROXY, "cache": "redis"}
    assert told(fold(updates(deployment(pod)), by)) == [
        "deployed checkout",
        "deployed edge",
        "deployed checkout/cache",
    ]


def test_names_from_the_workload_go_before_those_of_the_settings() -> None:
    by = transformer(services={"shop/web": "checkout"}, environments={"shop": "production"})
    notes = {"streamgauge.dev/service": "till", "streamgauge.dev/environment": "live"}
    pod = {"web": A, "proxy": PROXY}
    for objects in (deployment(pod, annotations=notes), deployment(pod, labels=notes)):
        given = fold(updates(objects), by)
        assert told(given) == ["deployed till", "deployed till/proxy"]
        assert {event.content["environment"]["id"] for event in given} == {"live"}
    template = deployment(pod, template_annotations=notes)
    assert told(fold(updates(template), by)) == ["deployed checkout", "deployed checkout/proxy"]
