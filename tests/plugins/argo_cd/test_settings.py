"""Environments, services and commits, and who may notify."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.settings import Settings
from streamgauge_argo_cd import receivers
from streamgauge_argo_cd.options import options_of
from tests.plugins.posting import Run

from .samples import GITOPS, application, commit

CODE = "https://git.acme.example/lamps/shop"


@pytest.mark.parametrize(
    ("options", "context", "environment"),
    [
        ({}, {}, "lamps-prod"),
        ({"environment": "live"}, {}, "live"),
        ({"environment": "live"}, {"environment": "test"}, "test"),
        ({"environments": {"*-prod": "live"}}, {"environment": "test"}, "live"),
        ({"environments": {"eu/*": "eu-live", "*-prod": "live"}}, {}, "eu-live"),
        ({"environments": {"us/*": "us-live", "lamps": "by-name"}}, {}, "by-name"),
    ],
)
def test_the_environment(options: Any, context: Any, environment: str) -> None:
    [event] = Run("argo-cd", **options).post({**application(), "context": context})
    assert event.content["environment"] == {"id": environment}


@pytest.mark.parametrize(
    ("options", "annotations", "told"),
    [
        ({}, {}, (None, None)),
        ({"repositories": {"lamps": CODE}}, {}, (None, CODE)),
        ({"repositories": {"lamps": GITOPS}}, {}, (commit("a"), GITOPS)),
        ({"repositories": {"l*": f"{GITOPS}.git"}}, {}, (commit("a"), GITOPS)),
        ({"repositories": {"other": GITOPS}}, {}, (None, None)),
        ({}, {"org.opencontainers.image.revision": commit("c")}, (commit("c"), None)),
        ({}, {"org.opencontainers.image.revision": "v1"}, (None, None)),
    ],
)
def test_a_commit_is_told_only_where_it_is_the_applications(
    options: Any, annotations: Any, told: Any
) -> None:
    for images in (["lamps:1"], []):
        notice = application(images, annotations=annotations)
        [event] = Run("argo-cd", **options).post(notice)
        found = event.custom_data
        assert (found.get("commit"), found.get("repository")) == told
        assert found["gitops"] == [{"repository": GITOPS, "revision": commit("a")}]
        # The metrics also read whole commits out of artifact ids.
        assert commit("a") not in event.content["artifactId"]


def test_services_are_named_by_settings_and_annotations() -> None:
    notice = application(["lamps:1", "proxy:1"])
    made = Run("argo-cd", services={"l*": "lamp-shop"}).post(notice)
    assert [event.subject_id for event in made] == ["lamp-shop", "lamp-shop/proxy"]
    annotated = application(annotations={"streamgauge.dev/service": "lights"})
    [event] = Run("argo-cd", services={"l*": "lamp-shop"}).post(annotated)
    assert event.subject_id == "lights"


def receive(body: Any, query: Any = None, **headers: str) -> int:
    [receiver] = receivers(Settings(plugins={"argo-cd": {"secret": ["new", "old"]}}))
    given = {"content-type": "application/json", **headers}
    return len(receiver.receive(WebhookRequest(given, json.dumps(body).encode(), query or {})))


def test_the_secret_is_shown() -> None:
    assert receive(application(), authorization="Bearer old") == 1
    assert receive(application(), **{"argocd-signature": "new"}) == 1
    assert receive(application(), {"secret": "new"}) == 1
    for headers in ({"authorization": "Bearer other"}, {"argocd-signature": "other"}, {}):
        with pytest.raises(WebhookRefused):
            receive(application(), **headers)


@pytest.mark.parametrize("body", [{}, {"app": {}}, {"app": "lamps"}, {"message": "synced"}])
def test_a_body_of_another_template_is_refused(body: Any) -> None:
    with pytest.raises(InvalidInput, match="template"):
        receive(body, authorization="Bearer new")


@pytest.mark.parametrize("name", ["environments", "services", "repositories"])
def test_a_setting_that_makes_no_sense_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"plugins\.argo-cd\.{name}"):
        options_of(Settings(plugins={"argo-cd": {name: "lamps"}}))
