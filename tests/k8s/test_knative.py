"""The Knative overlay: the source, its rights, and where its events go."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge.plugins import Plugins
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from tests.k8s.rendering import (
    API_SERVER_SOURCE,
    EVENTS,
    KNATIVE,
    RESOURCE_OF,
    WATCHING,
    Object,
    of_kind,
    only,
    pod,
    selected,
    workloads,
)

# Knative


def unknown_fields(value: Any, known: Any, where: str = "") -> list[str]:
    if isinstance(value, list):
        return [f for part in value for f in unknown_fields(part, known, where)]
    if not isinstance(value, dict):
        return [] if known is None else [f"{where} must be an object"]
    if known is True:
        return [f"{where}.{k}" for k, v in value.items() if not isinstance(v, str)]
    found = []
    for key, part in value.items():
        if known is None or key not in known:
            found.append(f"{where}.{key}")
        else:
            found += unknown_fields(part, known[key], f"{where}.{key}")
    return found


@pytest.fixture(params=[KNATIVE, EVENTS])
def knative(request: pytest.FixtureRequest, rendered: dict[str, list[Object]]) -> list[Object]:
    return rendered[request.param]


def test_the_source_has_no_unknown_field(knative: list[Object]) -> None:
    source = only(knative, "ApiServerSource")
    assert source["apiVersion"] == "sources.knative.dev/v1"
    assert unknown_fields(source, API_SERVER_SOURCE) == []
    assert unknown_fields({"spec": {"sink": {"url": "/"}}}, API_SERVER_SOURCE) == [".spec.sink.url"]


def test_the_source_sends_whole_objects_and_names_the_cluster(knative: list[Object]) -> None:
    spec = only(knative, "ApiServerSource")["spec"]
    assert spec["mode"] == "Resource"
    assert set(spec["ceOverrides"]["extensions"]) == {"cluster"}
    assert spec["namespaceSelector"]["matchLabels"]


def test_the_source_watches_what_the_plugin_reads(rendered: dict[str, list[Object]]) -> None:
    def watched(name: str) -> list[tuple[str, str]]:
        resources = only(rendered[name], "ApiServerSource")["spec"]["resources"]
        return [(item["apiVersion"], item["kind"]) for item in resources]

    assert watched(KNATIVE) == [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
    ]
    assert watched(EVENTS) == [("v1", "Event")]


def test_the_sink_is_where_the_ingest_service_takes_events(
    knative: list[Object], paths: dict[str, dict[str, set[str]]]
) -> None:
    source = only(knative, "ApiServerSource")
    reference, path = source["spec"]["sink"]["ref"], source["spec"]["sink"]["uri"]
    service = of_kind(knative, "Service")[reference["name"]]
    assert (reference["apiVersion"], reference["kind"]) == ("v1", "Service")
    assert service["metadata"]["namespace"] == source["metadata"]["namespace"]
    (target,) = selected(service["spec"]["selector"], knative)
    assert "POST" in paths[target.removeprefix("streamgauge-")][path]


def test_the_sources_account_may_watch_those_kinds_and_nothing_else(knative: list[Object]) -> None:
    source = only(knative, "ApiServerSource")
    account = of_kind(knative, "ServiceAccount")[source["spec"]["serviceAccountName"]]
    # Knative runs a pod as this account, and it asks the API server.
    assert account.get("automountServiceAccountToken", True)
    binding, role = only(knative, "ClusterRoleBinding"), only(knative, "ClusterRole")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    (subject,) = binding["subjects"]
    assert subject == {
        "kind": "ServiceAccount",
        "name": account["metadata"]["name"],
        "namespace": account["metadata"]["namespace"],
    }
    granted = {
        (group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert granted == {
        (item["apiVersion"].rpartition("/")[0], RESOURCE_OF[item["kind"]])
        for item in source["spec"]["resources"]
    }
    for rule in role["rules"]:
        assert set(rule["verbs"]) == WATCHING
        assert set(rule) == {"apiGroups", "resources", "verbs"}


def test_what_the_source_sends_is_routed(plugins: Plugins) -> None:
    table = routing_table(plugins, Settings.load({}))
    for operation in ("add", "update", "delete"):
        assert "kubernetes" in table.targets(f"dev.knative.apiserver.resource.{operation}")


def test_nothing_else_has_rights(objects: list[Object]) -> None:
    bound = {
        subject["name"]
        for item in of_kind(objects, "ClusterRoleBinding", "RoleBinding").values()
        for subject in item["subjects"]
    }
    used = {pod(item)["serviceAccountName"] for item in workloads(objects).values()}
    assert not bound & used
