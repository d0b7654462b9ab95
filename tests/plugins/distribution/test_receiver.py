"""What the registry's receiver takes, of whom, and what it makes of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import CDEvent, WebhookRequest
from streamgauge.cloudevents import to_sdk
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, SettingsError, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.settings import Settings
from streamgauge.sources.moments import moment
from streamgauge_distribution import receivers, transformers

CASES = Path(__file__).parent / "cases"
V2 = "application/vnd.docker.distribution.events.v2+json"
SECRET = "geheim-ä"


def case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_bytes())


def settings(**options: Any) -> Settings:
    return Settings(plugins={"distribution": {"allow_unsigned": True, **options}})


def receive(payload: Any, form: str = V2) -> list[dict[str, Any]]:
    [receiver] = receivers(settings())
    request = WebhookRequest({"content-type": form}, json.dumps(payload).encode(), {})
    return [dict(content_of(decode(e.state)).attributes) for e in receiver.receive(request)]


def transformed(payload: Any, **options: Any) -> list[CDEvent]:
    [receiver] = receivers(settings(**options))
    [transformer] = transformers(settings(**options))
    request = WebhookRequest({"content-type": V2}, json.dumps(payload).encode(), {})
    accepted = moment("2031-01-01")
    assert accepted is not None
    return [
        made
        for event in receiver.receive(request)
        for made in transformer.transform(to_sdk(event.state, accepted))
    ]


def test_a_delivery_of_one_notification_is_named_by_it() -> None:
    payload = case("push-tag")
    [made] = receive(payload)
    assert made == {
        "specversion": "1.0",
        "id": payload["events"][0]["id"],
        "source": "//registry-7d9f:5000",
        "type": "com.docker.distribution.events",
        "subject": "hats/shop",
        "time": "2026-03-01T12:00:00.123456Z",
        "datacontenttype": "application/json",
    }


def test_a_delivery_of_several_is_one_event_named_by_its_body() -> None:
    payload = case("several-in-one-delivery")
    [made] = receive(payload)
    assert (made["id"], "time" in made, "subject" in made) == (
        receive(payload)[0]["id"],
        False,
        False,
    )
    assert len(made["id"]) == 64
    payload["events"].pop()
    assert receive(payload)[0]["id"] != made["id"]


def test_a_notification_that_comes_in_two_deliveries_is_one_occurrence() -> None:
    payload = case("several-in-one-delivery")
    together = transformed(payload)
    apart = [made for each in payload["events"] for made in transformed({"events": [each]})]
    assert [event.document for event in together] == [event.document for event in apart]


def test_json_is_taken_by_any_of_its_names() -> None:
    assert receive(case("push-tag"), "application/json; charset=utf-8") == receive(case("push-tag"))


@pytest.mark.parametrize("events", [None, {}, "push"])
def test_what_is_no_notification_is_refused(events: object) -> None:
    with pytest.raises(InvalidInput, match=r"^/events: must be a list"):
        receive({"events": events})


def test_a_node_of_a_strange_name_is_no_source() -> None:
    payload = case("push-tag")
    payload["events"][0]["source"]["addr"] = "a node/of ours"
    assert receive(payload)[0]["source"] == "distribution"


def test_two_pulls_at_one_moment_are_two_and_one_told_twice_is_one() -> None:
    payload = case("pull")
    [one] = payload["events"]
    other = {**one, "id": "another"}
    ids = [event.id for event in transformed({"events": [one, other, one]})]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_images_are_called_as_the_operator_says() -> None:
    [made] = transformed(case("push-relative-address"), registry="registry.acme.example")
    [other] = transformed(case("push-tag"))
    assert made.subject_id == other.subject_id
    for wrong in ("", "https://registry.acme.example", "registry.acme.example/", 7):
        with pytest.raises(SettingsError, match=r"plugins\.distribution\.registry must be"):
            transformers(settings(registry=wrong))


def shown(**headers: str) -> WebhookRequest:
    body = json.dumps(case("push-tag")).encode()
    return WebhookRequest({"content-type": V2, **headers}, body, {})


def sent(header: str) -> str:
    """A header as it is read: its bytes in latin-1."""
    return header.encode().decode("latin-1")


@pytest.mark.parametrize(
    "authorization",
    [
        sent(f"Bearer {SECRET}"),
        f"Basic {base64.b64encode(f'streamgauge:{SECRET}'.encode()).decode()}",
        sent(SECRET),
    ],
)
def test_the_header_that_the_configuration_sets_is_checked(authorization: str) -> None:
    [receiver] = receivers(Settings(plugins={"distribution": {"secret": SECRET}}))
    assert receiver.receive(shown(authorization=authorization))
    for wrong in (authorization[:-2], "Bearer", "Basic !", sent(f"Bearer {SECRET}x")):
        with pytest.raises(WebhookRefused):
            receiver.receive(shown(authorization=wrong))
    with pytest.raises(WebhookRefused, match="shows no secret"):
        receiver.receive(shown())
