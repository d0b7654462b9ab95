"""What Harbor's receiver takes, of whom, and what it makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, SettingsError, UnsupportedMediaType, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_delivery
from streamgauge_harbor import receivers

HERE = Path(__file__).parent
PUSH = (HERE / "cases/default-push-tag.json").read_bytes()
EVENT = (HERE / "cases/cloudevents-push-tag.json").read_bytes()
SECRET = "Secret of the policy, to the letter"


def receive(body: bytes, form: str = "application/json", **headers: str) -> list[dict[str, Any]]:
    [receiver] = receivers(Settings(plugins={"harbor": {"secret": [SECRET, "the one before"]}}))
    request = WebhookRequest({"content-type": form, **headers}, body, {})
    return [dict(content_of(decode(e.state)).attributes) for e in receiver.receive(request)]


def test_a_default_delivery_becomes_one_event() -> None:
    [made] = receive(PUSH, authorization=SECRET)
    assert made.pop("id") == receive(PUSH, authorization="the one before")[0]["id"]
    assert made == {
        "specversion": "1.0",
        "source": "https://registry.acme.example",
        "type": "io.goharbor.push_artifact",
        "subject": "hats/shop",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
    }


@pytest.mark.parametrize("form", ["application/cloudevents+json", "Application/CloudEvents+JSON"])
def test_a_cloudevent_is_taken_as_it_is(form: str) -> None:
    [made] = receive(EVENT, form, authorization=SECRET)
    assert made == {key: value for key, value in json.loads(EVENT).items() if key != "data"}


@pytest.mark.parametrize(("body", "form"), [(PUSH, "application/json"),
                                            (EVENT, "application/cloudevents+json")])  # fmt: skip
@pytest.mark.parametrize("authorization", [None, "", "another", f"{SECRET} ", f"Token {SECRET}"])
def test_both_forms_need_the_policys_header_to_the_letter(
    body: bytes, form: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    with pytest.raises(WebhookRefused):
        receive(body, form, **headers)


@pytest.mark.parametrize("secret", [SECRET, f"Bearer {SECRET}", "the one before"])
def test_the_secret_may_be_shown_as_a_bearer_token(secret: str) -> None:
    assert receive(PUSH, authorization=secret)


@pytest.mark.parametrize("kind", [None, 7, "", "push image", "pushImage", "ÄRGER"])
def test_what_is_no_delivery_of_harbors_is_refused(kind: object) -> None:
    body = json.dumps({**json.loads(PUSH), "type": kind}).encode()
    with pytest.raises(InvalidInput, match=r"^/type: .* payload format"):
        receive(body, authorization=SECRET)


def test_another_media_type_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        receive(PUSH, "text/plain", authorization=SECRET)


def test_a_type_that_means_nothing_is_an_event_all_the_same() -> None:
    [made] = receive((HERE / "cases/default-quota-exceed.json").read_bytes(), authorization=SECRET)
    assert (made["type"], made["source"]) == ("io.goharbor.quota_exceed", "harbor")


def test_the_secret_is_a_text_or_a_list_of_them() -> None:
    with pytest.raises(SettingsError, match=r"plugins\.harbor\.secret"):
        receivers(Settings(plugins={"harbor": {"secret": 7}}))


def test_cdevents_that_harbor_makes_itself_pass_as_they_are(plugins: Plugins) -> None:
    """Its newest versions can send artifact.published, of the first 0.3 releases, themselves."""
    delivery = read_delivery(HERE / "cdevents/push.json")
    [receiver] = receivers(Settings(plugins={"harbor": {"allow_unsigned": True}}))
    offline = Offline(plugins, RoutingTable(plugins.routes()))
    [made] = offline.cdevents(receiver.receive(delivery))
    assert made.document == json.loads(delivery.body)["data"]
