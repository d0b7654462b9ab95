"""What a receiver makes of a delivery: one CloudEvent with the body to the byte, or a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest, json_codec
from streamgauge.cloudevents.recorded import take_apart
from streamgauge.errors import InvalidCloudEvent, InvalidInput, UnsupportedMediaType, WebhookRefused
from streamgauge.json_codec import DEEPEST
from streamgauge.sources import (
    CloudEventsReceiver,
    Delivery,
    Secrets,
    SharedSecret,
    WebhookReceiver,
    attribute,
    body_of,
    digest,
    event_of,
    json_object,
    needed_header,
)

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODY = b'{ "hat":\t1.50, "h\\u00e4t": "\xe2\x82\xac", "hat": 12345678901234567890 }'
AT = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)
OPEN = Secrets("rocket", (), allow_unsigned=True)


def request(body: bytes = BODY, form: str | None = JSON, **query: str) -> WebhookRequest:
    return WebhookRequest({} if form is None else {"content-type": form}, body, query)


def receiver(
    describe: Callable[[WebhookRequest, dict[str, Any]], Delivery | None],
    form_field: str | None = None,
) -> WebhookReceiver:
    return WebhookReceiver("rocket", SharedSecret(OPEN), describe, form_field=form_field)


def landed(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    return Delivery("com.rocket.landed", "rocket", id="d-1", subject=" moon ", time=AT)


# One CloudEvent


def test_the_body_is_kept_to_the_byte() -> None:
    [event] = receiver(landed).receive(request())
    said = take_apart(event.state)
    assert said.data == BODY
    assert said.attributes == {
        "specversion": "1.0",
        "id": "d-1",
        "source": "rocket",
        "type": "com.rocket.landed",
        "subject": "moon",
        "time": "2026-03-01T12:30:00.250000Z",
        "datacontenttype": JSON,
    }


def test_a_ping_is_no_event() -> None:
    assert receiver(lambda request, data: None).receive(request()) == []


def test_who_sent_it_is_asked_before_anything_is_read() -> None:
    def never(request: WebhookRequest, data: dict[str, Any]) -> None:
        raise AssertionError("read before it was checked")

    closed = WebhookReceiver("rocket", SharedSecret(Secrets("rocket", (b"s",))), never)
    for sent in (request(), request(b"{"), request(form="text/plain")):
        with pytest.raises(WebhookRefused):
            closed.receive(sent)


@pytest.mark.parametrize("given_id", [None, "", "a b", "ä", "x" * 201, "a\n", "a\0b"])
def test_an_id_that_is_none_becomes_a_digest_of_type_and_body(given_id: str | None) -> None:
    def made(kind: str, body: bytes) -> str:
        return event_of(Delivery(kind, "rocket", id=given_id), body).id

    ids = {made(kind, body) for kind in ("a.b", "a.c") for body in (b"{}", b"{ }")}
    assert len(ids) == 4
    assert made("a.b", b"{}") in ids
    assert all(len(each) == 64 for each in ids)


@pytest.mark.parametrize("given_id", ["d-1", "!", "~" * 200, "urn:uuid:1"])
def test_an_id_of_the_tools_own_is_kept(given_id: str) -> None:
    assert event_of(Delivery("a.b", "rocket", id=given_id), b"{}").id == given_id


@pytest.mark.parametrize(
    ("source", "kind"), [("", "a.b"), ("a b", "a.b"), ("rocket", ""), ("rocket", "a\0b")]
)
def test_attributes_that_break_a_rule_are_refused(source: str, kind: str) -> None:
    with pytest.raises(InvalidCloudEvent):
        event_of(Delivery(kind, source), b"{}")


@given(st.text(max_size=20))
def test_any_text_is_an_attribute_or_none(value: str) -> None:
    found = attribute(value)
    assert found is None or (found and found == value.strip())
    event_of(Delivery("a.b", "rocket", subject=value), b"{}")


@given(st.lists(st.binary(max_size=5) | st.text(max_size=5), max_size=4))
def test_a_digest_depends_on_where_one_part_ends(parts: list[bytes | str]) -> None:
    assert digest(*parts) == digest(*parts)
    assert digest(*parts) != digest(*parts, b"")
    if len(parts) > 1 and all(isinstance(part, bytes) and part for part in parts):
        assert digest(b"".join(part for part in parts if isinstance(part, bytes))) != digest(*parts)


# Content types


@pytest.mark.parametrize(
    "form",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON ;charset=UTF-8",
        "application/vnd.docker.distribution.events.v2+json",
        "application/problem+json",
        "text/json",
    ],
)
def test_json_by_any_of_its_names_is_taken(form: str) -> None:
    assert body_of(request(form=form)) == BODY


@pytest.mark.parametrize(
    "form",
    [
        None,
        "",
        "text/plain",  # what any web page can send without asking
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/jsonp",
        "application/xml+jsonx",
        "text/plain; application/json",
        "*/*",
    ],
)
def test_anything_else_is_refused_with_what_is_wanted(form: str | None) -> None:
    with pytest.raises(UnsupportedMediaType, match=r"^Content-Type: must be application/json$"):
        body_of(request(form=form))


# Forms


def test_the_json_in_a_form_is_as_it_was_written() -> None:
    form = b"token=x&payload=" + quote_plus(BODY).encode() + b"&other=1"
    [event] = receiver(landed, "payload").receive(request(form, FORM))
    assert take_apart(event.state).data == BODY
    assert body_of(request(form=JSON), "payload") == BODY


@given(st.binary(max_size=60))
def test_any_bytes_come_through_a_form(body: bytes) -> None:
    assert body_of(request(b"payload=" + quote_plus(body).encode(), FORM), "payload") == body


@pytest.mark.parametrize("form", [b"", b"payloads=1", b"a=payload", b"Payload=1"])
def test_a_form_without_the_field_is_refused(form: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^payload: the form has no field named payload$"):
        body_of(request(form, FORM), "payload")


def test_a_form_where_none_is_expected_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType, match=r"application/x-www-form-urlencoded"):
        body_of(request(form="text/plain"), "payload")


# JSON


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"1", b'{"a": NaN}', b"\xff", b"{} {}"]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"^body: the payload is not"):
        receiver(landed).receive(request(body))


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_what_is_nested_deeper_than_an_event_can_hold_is_refused() -> None:
    deepest = nested(DEEPEST - 1)
    [event] = receiver(landed).receive(request(deepest))
    assert json_codec.decode_bounded(event.state)
    with pytest.raises(InvalidInput, match=r"nested more than"):
        receiver(landed).receive(request(nested(DEEPEST)))
    with pytest.raises(InvalidInput):
        json_object(nested(100_000))


# A needed header


def test_a_header_that_is_needed_is_of_the_form_that_the_tool_sends() -> None:
    def read(value: str | None) -> str:
        headers = {} if value is None else {"x-event": value}
        return needed_header(WebhookRequest(headers, b"", {}), "X-Event", "[a-z]+", "Rocket")

    assert read("landed") == "landed"
    with pytest.raises(InvalidInput, match=r"^X-Event: the header is missing.*webhook of Rocket"):
        read(None)
    for wrong in ("Landed", "landed\n", "a b", "é"):
        with pytest.raises(InvalidInput, match=r"^X-Event: .* not of the form that Rocket sends"):
            read(wrong)


# CloudEvents


def cloudevents(**more: Any) -> CloudEventsReceiver:
    return CloudEventsReceiver("rocket", SharedSecret(OPEN), ["dev.rocket.", "a."], **more)


EVENT = {"specversion": "1.0", "id": "1", "source": "/r", "type": "dev.rocket.landed"}
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


def attributes(receiver: CloudEventsReceiver, sent: WebhookRequest) -> list[dict[str, Any]]:
    return [dict(take_apart(event.state).attributes) for event in receiver.receive(sent)]


def test_cloudevents_come_in_every_mode() -> None:
    structured = request(json.dumps(EVENT).encode(), STRUCTURED)
    batch = request(json.dumps([EVENT, {**EVENT, "id": "2"}]).encode(), BATCH)
    binary = WebhookRequest({f"ce-{name}": value for name, value in EVENT.items()}, b"", {})
    mislabelled = request(json.dumps(EVENT).encode())
    assert [
        [each["id"] for each in attributes(cloudevents(), sent)]
        for sent in (structured, batch, binary, mislabelled)
    ] == [["1"], ["1", "2"], ["1"], ["1"]]


def test_the_address_tells_installations_apart() -> None:
    body = b'{"specversion":"1.0","id":"1","source":"/r","type":"a.b","data":' + BODY + b"}"
    sent = request(body, STRUCTURED, cluster="prod-eu", secret="s", region="x")
    taking = cloudevents(extensions=("cluster", "tier"))
    [event] = taking.receive(sent)
    said = take_apart(event.state)
    assert said.attributes["cluster"] == "prod-eu"
    assert set(said.attributes) == {"specversion", "id", "source", "type", "cluster"}
    assert said.data == BODY
    [plain] = cloudevents().receive(sent)
    assert plain.state == body


def test_an_extension_that_the_event_has_goes_first() -> None:
    body = json.dumps([{**EVENT, "cluster": "own"}, EVENT]).encode()
    sent = request(body, BATCH, cluster="address")
    taking = cloudevents(extensions=("cluster",))
    assert [each["cluster"] for each in attributes(taking, sent)] == ["own", "address"]


@pytest.mark.parametrize("value", ["", " ", "a\0b", "a\x7fb"])
def test_what_can_be_no_attribute_is_left_out_of_the_address(value: str) -> None:
    sent = request(json.dumps(EVENT).encode(), STRUCTURED, cluster=value)
    assert attributes(cloudevents(extensions=("cluster",)), sent) == [EVENT]


@pytest.mark.parametrize(
    ("body", "form"),
    [(b"{}", STRUCTURED), (b"[{}]", BATCH), (b"{}", JSON), (b"x", None), (b"[", BATCH)],
)  # fmt: skip
def test_what_is_no_cloudevent_is_refused(body: bytes, form: str | None) -> None:
    with pytest.raises(InvalidInput):
        cloudevents().receive(request(body, form))


def test_a_batch_has_a_bound_and_is_taken_whole_or_not_at_all() -> None:
    many = [{**EVENT, "id": str(n)} for n in range(1001)]
    assert len(cloudevents().receive(request(json.dumps(many[:1000]).encode(), BATCH))) == 1000
    with pytest.raises(InvalidInput):
        cloudevents().receive(request(json.dumps(many).encode(), BATCH))
    with pytest.raises(InvalidInput):
        cloudevents().receive(request(json.dumps([EVENT, {}]).encode(), BATCH))


def test_a_tools_secret_is_good_for_its_own_types_only() -> None:
    other = {**EVENT, "type": "dev.cdevents.service.deployed.0.3.0"}
    for sent in (
        request(json.dumps(other).encode(), STRUCTURED),
        request(json.dumps([EVENT, other]).encode(), BATCH),
    ):
        with pytest.raises(InvalidInput, match=r"is no type of rocket; its types begin with"):
            cloudevents().receive(sent)


def test_cloudevents_need_the_secret_too() -> None:
    secrets = Secrets("rocket", (b"s",))
    closed = CloudEventsReceiver("rocket", SharedSecret(secrets), ["dev.rocket."])
    sent = request(json.dumps(EVENT).encode(), STRUCTURED)
    with pytest.raises(WebhookRefused):
        closed.receive(sent)
    assert closed.receive(request(sent.body, STRUCTURED, secret="s"))
