"""What services, environments and clusters are called, and who may notify."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_argo_rollouts import receivers, routes
from streamgauge_argo_rollouts.options import options_of

from .samples import fold, rollout, watched


@pytest.mark.parametrize(
    ("options", "extensions", "environment", "source"),
    [
        ({}, {}, "lamps", "argo-rollouts"),
        ({"environment": "live"}, {}, "live", "argo-rollouts"),
        ({"environments": {"lamps": "live"}}, {}, "live", "argo-rollouts"),
        ({"cluster": "eu"}, {}, "lamps", "argo-rollouts/eu"),
        ({"environments": {"eu/*": "live"}}, {"cluster": "eu"}, "live", "argo-rollouts/eu"),
        ({"environments": {"eu/*": "live"}}, {"cluster": "us"}, "lamps", "argo-rollouts/us"),
        ({"cluster": "eu"}, {"cluster": "a b"}, "lamps", "argo-rollouts/a%20b"),
    ],
)
def test_environment_and_cluster(
    options: Any, extensions: Any, environment: str, source: str
) -> None:
    [event] = fold(watched(rollout("a", 1), **extensions), **options)
    assert (event.content["environment"]["id"], event.source) == (environment, source)


def test_the_main_container_stays_it() -> None:
    document = rollout("a", 1)
    containers = document["spec"]["template"]["spec"]["containers"]
    containers[:] = [{"name": "app", "image": "app:1"}]
    later = rollout("b", 2)
    later["spec"]["template"]["spec"]["containers"] = [
        {"name": "web", "image": "proxy:1"},
        {"name": "app", "image": "app:2"},
    ]
    services = {"lamps/web": "lamp-shop", "lamps/web/web": "lamp-proxy"}
    made = fold(watched(document), watched(later), services=services)
    assert [(e.subject_id, e.custom_data["container"]) for e in made] == [
        ("lamp-shop", "app"),
        ("lamp-proxy", "web"),
        ("lamp-shop", "app"),
    ]


def test_the_code_is_that_of_the_main_container_alone() -> None:
    document, commit = rollout("a", 1), "ab" * 20
    template = document["spec"]["template"]
    template["metadata"] = {"annotations": {"org.opencontainers.image.revision": commit}}
    template["spec"]["containers"].append({"name": "proxy", "image": "proxy:1"})
    web, proxy = fold(watched(document))
    assert web.custom_data["commit"] == commit
    assert "commit" not in proxy.custom_data


def test_objects_are_routed_beside_the_kubernetes_transformer() -> None:
    for operation in ("add", "update", "delete"):
        assert routes()[f"dev.knative.apiserver.resource.{operation}"] == ["argo-rollouts"]


def receive(body: Any, **headers: str) -> int:
    [receiver] = receivers(Settings(plugins={"argo-rollouts": {"secret": ["new", "old"]}}))
    given = {"content-type": "application/json", **headers}
    return len(receiver.receive(WebhookRequest(given, json.dumps(body).encode(), {})))


def test_the_secret_is_shown() -> None:
    body = {"event": "rollout-completed", "rollout": rollout("a", 1)}
    for secret in ("new", "old"):
        assert receive(body, authorization=f"Bearer {secret}") == 1
    for headers in ({"authorization": "Bearer other"}, {}):
        with pytest.raises(WebhookRefused):
            receive(body, **headers)


@pytest.mark.parametrize("event", [None, "", "Rollout Completed", "a\nb", 7])
def test_a_body_that_does_not_say_what_happened_is_refused(event: Any) -> None:
    with pytest.raises(InvalidInput, match="template"):
        receive({"event": event, "rollout": {}}, authorization="Bearer new")


def test_a_setting_that_makes_no_sense_is_named() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.argo-rollouts\.environments"):
        options_of(Settings(plugins={"argo-rollouts": {"environments": "live"}}))
