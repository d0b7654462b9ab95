"""``/webhooks/kubernetes``: CloudEvents of a source that shows a secret, of the cluster named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import Event, WebhookRequest
from streamgauge.cdevents import DEPLOYMENT_FAILED, kind_of
from streamgauge.cloudevents import to_sdk
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.hookspecs import State
from streamgauge.settings import Settings
from streamgauge_kubernetes import receivers
from streamgauge_kubernetes.namespaces import NamespaceTransformer
from streamgauge_kubernetes.naming import Naming
from tests.plugins.kubernetes.builders import RECORDED
from tests.plugins.posting import kinds
from tests.plugins.walk import files_of, kinds_of
from tests.shared import needs_shared

HEADERS = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": "k-1",
    "ce-source": "https://10.96.0.1:443",
    "ce-type": "dev.knative.apiserver.resource.add",
}


def receive(query: dict[str, str], body: bytes = b"{}", **headers: str) -> list[Event]:
    [receiver] = receivers(Settings(plugins={"kubernetes": {"secret": "wick"}}))
    given = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return list(receiver.receive(WebhookRequest(given, body, query)))


@pytest.mark.parametrize(
    ("query", "headers", "cluster"),
    [
        ({"secret": "wick", "cluster": "prod-eu"}, {}, "prod-eu"),
        ({"cluster": "prod-eu"}, {"authorization": "Bearer wick"}, "prod-eu"),
        ({"secret": "wick", "cluster": "prod-eu"}, {"ce_cluster": "prod-us"}, "prod-us"),
        ({"secret": "wick"}, {}, None),
    ],
)
def test_the_address_may_name_the_cluster(query: Any, headers: Any, cluster: str | None) -> None:
    [event] = receive(query, **headers)
    assert to_sdk(event.state, RECORDED).get_extension("cluster") == cluster


@pytest.mark.parametrize("query", [{}, {"secret": "wax"}, {"cluster": "prod-eu"}])
def test_without_the_secret_nothing_is_taken(query: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        receive(query)


def test_what_is_no_cloudevent_is_refused() -> None:
    with pytest.raises(InvalidInput):
        receive({"secret": "wick"}, ce_type="")


NAMESPACES = st.lists(
    st.tuples(st.sampled_from(["add", "update", "delete"]), st.sampled_from("abc")), max_size=12
)


@given(NAMESPACES)
def test_an_environment_is_there_while_it_has_a_namespace(steps: list[tuple[str, str]]) -> None:
    by, state, told = NamespaceTransformer(Naming()), None, list[str]()
    present, gone, expected = set[str](), set[str](), list[str]()
    for operation, uid in steps:
        metadata = {"name": uid, "uid": uid, "labels": {"streamgauge.dev/environment": "live"}}
        body = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).encode()
        name = f"dev.knative.apiserver.resource.{operation}"
        [event] = receive({"secret": "wick"}, body, ce_type=name)
        made, after = by.transform_with_state(to_sdk(event.state, RECORDED), state)
        state = _stored(after)
        told += kinds(list(made))
        was_there = bool(present)
        if operation == "delete":
            present.discard(uid)
            gone.add(uid)
        elif uid not in gone:
            present.add(uid)
        if bool(present) is not was_there:
            expected.append(f"environment.{'created' if present else 'deleted'}")
    assert told == expected


def _stored(state: State | None) -> State | None:
    found: State | None = json.loads(json.dumps(state))
    return found


# What a life of a Deployment gives, one payload after the other.
LIFE = (
    *("service.deployed", "service.upgraded", "service.rolledback"),
    *(str(kind_of(DEPLOYMENT_FAILED)), "service.removed"),
)


@needs_shared
def test_the_payloads_at_hand_give_the_same_by_the_receiver() -> None:
    files = files_of("knative-apiserversource")
    life = [file for file in files if "/deployment.0" in file or "/deployment.1" in file]
    alone = [file for file in life if "structured" not in file]
    assert kinds_of("kubernetes", *alone) == LIFE
    assert len(alone) == 10
    for file in (each for each in files if ".ref." in each or "/pod." in each):
        assert kinds_of("kubernetes", file) == ()
