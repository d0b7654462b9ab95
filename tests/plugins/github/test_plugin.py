"""The plugin as Streamgauge finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pluggy
import pytest

import streamgauge_github
from streamgauge import Receiver, StatefulTransformer, Transformer, hookspecs, new_event
from streamgauge.cloudevents import to_sdk
from streamgauge.settings import Settings

from .samples import CASES, received, settings, transformed


def manager() -> pluggy.PluginManager:
    made = pluggy.PluginManager("streamgauge")
    made.add_hookspecs(hookspecs.StreamgaugeSpec)
    made.register(streamgauge_github)
    made.check_pending()
    return made


def test_brings_what_the_hooks_ask_for() -> None:
    hook = manager().hook
    [[plain, deployments]] = hook.transformers(settings=Settings())
    [[receiver]] = hook.receivers(settings=Settings())
    assert isinstance(plain, Transformer)
    assert isinstance(deployments, StatefulTransformer)
    assert isinstance(receiver, Receiver)
    assert [plain.name, deployments.name, receiver.name] == [
        "github",
        "github-deployments",
        "github",
    ]


def test_routes_name_every_event_that_means_something_both_ways() -> None:
    [routes] = manager().hook.routes(settings=Settings())
    meant = {event for event, _ in CASES.values() if f"com.github.{event}" in routes}
    assert len(routes) == 2 * len(meant)
    for name, (event, payload) in CASES.items():
        if transformed(received(event, payload)):
            assert event in meant, name
    for prefix in ("com.github.", "dev.knative.source.github."):
        names = routes[f"{prefix}deployment_status"]
        assert names == ["github", "github-deployments"]
        assert routes[f"{prefix}push"] == ["github"]


@pytest.mark.parametrize("ce_type", ["com.github", "com.gitlab.push", "com.github.star"])
def test_other_types_mean_nothing(ce_type: str) -> None:
    made = new_event(
        id="1", source="https://x.example", type=ce_type, data=CASES["issue-opened"][1]
    )
    assert transformed(to_sdk(made.state, datetime(2026, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize("data", [None, "hats", [1, 2], 5, b"\x00\xff"])
def test_data_that_is_no_object_means_nothing(data: object) -> None:
    kind = "application/octet-stream" if isinstance(data, bytes) else "application/json"
    made = new_event(
        id="1",
        source="https://github.com/Acme/Shop",
        type="com.github.push",
        data=data,
        datacontenttype=kind,
    )
    assert transformed(to_sdk(made.state, datetime(2026, 1, 1, tzinfo=UTC))) == []


def test_labels_in_the_environment_are_parted_by_commas() -> None:
    options = streamgauge_github.options_of(
        Settings(environ={"STREAMGAUGE_GITHUB_INCIDENT_LABELS": "Outage, sev 1 ,"})
    )
    assert options.incident_labels == {"outage", "sev 1"}
    assert streamgauge_github.options_of(settings(incident_labels=[])).incident_labels == set()


def test_what_it_makes_is_json() -> None:
    for event, payload in CASES.values():
        for made in transformed(received(event, payload)):
            assert json.loads(json.dumps(made.document)) == made.document
