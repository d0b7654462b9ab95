"""Where each field of a CDEvent comes from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugins.kubernetes.builders import (
    AVAILABLE,
    EXCEEDED,
    A,
    daemon_set,
    deployment,
    fold,
    stateful_set,
    transformer,
    updates,
    watched,
)

CONDITION, STATUS = AVAILABLE[2], "2026-03-01T11:58:00Z"
SENT, RECORDED = "2026-03-01T12:00:00Z", "2026-03-01T12:00:05Z"
COMMIT = "org.opencontainers.image.revision"


def timestamp(operation: str, data: Any, **rest: Any) -> tuple[str, bool]:
    """The timestamp of the one CDEvent, and whether it is marked as inferred."""
    (event,) = fold([watched(operation, data, **rest)])
    inferred = event.custom_data.get("timestampInferred")
    assert inferred in (None, True)
    return event.document["context"]["timestamp"], inferred is True


class TestTimestamp:
    def test_of_a_deployment_is_that_of_its_condition(self) -> None:
        assert timestamp("update", deployment(status_time=STATUS)) == (CONDITION, False)

    @pytest.mark.parametrize(
        "progressing",
        [
            None,
            ("True", "NewReplicaSetAvailable", "yesterday"),
            ("True", "NewReplicaSetAvailable", "0001-01-01T00:00:00Z"),
            ("Unknown", "DeploymentPaused", CONDITION),
        ],
    )
    def test_else_that_of_the_last_write_to_the_status(self, progressing: Any) -> None:
        object_ = deployment(progressing=progressing, status_time=STATUS)
        assert timestamp("update", object_) == (STATUS, False)

    @pytest.mark.parametrize("make", [stateful_set, daemon_set])
    def test_of_the_other_kinds(self, make: Any) -> None:
        assert timestamp("update", make(status_time=STATUS)) == (STATUS, False)
        assert timestamp("update", make()) == (SENT, False)

    def test_the_newest_write_to_the_status_counts(self) -> None:
        object_ = stateful_set(status_time=STATUS)
        object_["metadata"]["managedFields"] += [
            {"subresource": "status", "time": "2026-03-01T11:58:30Z"},
            {"subresource": "status"},
            {"subresource": "scale", "time": "2026-03-01T11:59:00Z"},
        ]
        assert timestamp("update", object_) == ("2026-03-01T11:58:30Z", False)

    def test_else_that_of_the_event_and_it_says_if_that_was_inferred(self) -> None:
        assert timestamp("update", deployment(progressing=None)) == (SENT, False)
        assert timestamp("update", deployment(progressing=None), time=None) == (RECORDED, True)

    def test_of_a_failure(self) -> None:
        assert timestamp("update", deployment(total=3, progressing=EXCEEDED)) == (
            EXCEEDED[2],
            False,
        )
        unknown = (*EXCEEDED[:2], "")
        object_ = deployment(total=3, progressing=unknown, status_time=STATUS)
        assert timestamp("update", object_) == (STATUS, False)

    def test_of_a_removal(self) -> None:
        object_ = deployment()
        assert timestamp("delete", object_) == (SENT, False)
        assert timestamp("delete", object_, time=None) == (RECORDED, True)
        object_["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z"
        assert timestamp("delete", object_, time=None) == ("2026-03-01T11:00:00Z", False)


class TestCustomData:
    def test_all_of_it(self) -> None:
        by = transformer(cluster="eu")
        notes = {COMMIT: "0123abc", "org.opencontainers.image.source": "https://git.example/web"}
        labels = {"app.kubernetes.io/version": "1.0"}
        (event,) = fold(updates(deployment(annotations=notes, labels=labels)), by)
        assert event.custom_data == {
            "commit": "0123abc",
            "repository": "https://git.example/web",
            "version": "1.0",
            "image": A,
            "cluster": "eu",
            "namespace": "shop",
            "kind": "Deployment",
            "workload": "web",
            "container": "web",
            "revision": "1",
        }

    def test_what_is_absent_is_left_out(self) -> None:
        (event,) = fold(updates(deployment(revision=None)))
        assert set(event.custom_data) == {"image", "namespace", "kind", "workload", "container"}

    def test_the_commit_of_the_workload_goes_before_that_of_the_pods(self) -> None:
        template = {COMMIT: "of the pods"}
        (first,) = fold(updates(deployment(template_annotations=template)))
        (second,) = fold(updates(deployment(template_annotations=template, labels={COMMIT: "own"})))
        assert (first.custom_data["commit"], second.custom_data["commit"]) == (
            "of the pods",
            "own",
        )

    def test_the_revision_of_a_daemon_set(self) -> None:
        notes = {"deprecated.daemonset.template.generation": "4"}
        (event,) = fold(updates(daemon_set(annotations=notes)))
        assert event.custom_data["revision"] == "4"


class TestCluster:
    def test_the_settings_name_it(self) -> None:
        (event,) = fold(updates(deployment()), transformer(cluster="prod eu"))
        assert event.source == event.subject_source == "prod%20eu"
        assert event.content["environment"]["source"] == "prod%20eu"
        assert event.custom_data["cluster"] == "prod eu"

    def test_an_extension_of_the_event_goes_before_them(self) -> None:
        events = [watched("add", deployment(), cluster="us")]
        (event,) = fold(events, transformer(cluster="eu"))
        assert (event.source, event.custom_data["cluster"]) == ("us", "us")

    def test_two_clusters_with_one_uid_are_two_workloads(self) -> None:
        events = [watched("add", deployment(), cluster=name) for name in ("eu", "us")]
        one, other = fold(events)
        assert one.id != other.id

    def test_a_name_that_is_no_uri_reference_becomes_one(self) -> None:
        (event,) = fold([watched("add", deployment(), cluster="10.96.0.1:443")])
        assert event.source == "10.96.0.1%3A443"
