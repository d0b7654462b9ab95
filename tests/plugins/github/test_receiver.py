"""What the receiver makes of a delivery: the CloudEvent, or a reason."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from streamgauge import WebhookRequest
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, UnsupportedMediaType
from streamgauge.json_codec import decode
from streamgauge_github import receivers

from .samples import API, CASES, OTHER_HOST, about, repository, settings

HEADERS = {
    "content-type": "application/json",
    "x-github-event": "pull_request",
    "x-github-delivery": "0b989ba4-242f-11e5-81e1-c7b6966d2516",
}


def receive(body: bytes, **headers: str | None) -> list[dict[str, Any]]:
    [receiver] = receivers(settings(allow_unsigned=True))
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {k: v for k, v in {**HEADERS, **changed}.items() if v is not None}
    return [decode(event.state) for event in receiver.receive(WebhookRequest(given, body, {}))]


def attributes(event: str, payload: object) -> dict[str, Any]:
    [made] = receive(json.dumps(payload).encode(), x_github_event=event)
    return dict(content_of(made).attributes)


def test_makes_a_cloudevent_of_a_delivery() -> None:
    assert attributes(*CASES["pull-merged"]) == {
        "specversion": "1.0",
        "id": "0b989ba4-242f-11e5-81e1-c7b6966d2516",
        "source": API,
        "type": "com.github.pull_request",
        "subject": "12",
        "time": "2026-03-02T09:30:00Z",
        "datacontenttype": "application/json",
    }


def test_keeps_the_bytes_that_were_sent() -> None:
    body = (
        b'{ "repository":\t{"full_name": "Acme/Shop"},  "hat": 1.50, "h\\u00e4t": "\xe2\x82\xac" }'
    )
    [receiver] = receivers(settings(allow_unsigned=True))
    [event] = receiver.receive(WebhookRequest(HEADERS, body, {}))
    assert body in event.state


def test_a_redelivery_is_the_same_event() -> None:
    for event, payload in CASES.values():
        body = json.dumps(payload).encode()
        assert receive(body, x_github_event=event) == receive(body, x_github_event=event)


@pytest.mark.parametrize(
    ("case", "subject", "time"),
    [
        ("push-branch-created", "refs/heads/hats", "2026-03-01T10:00:00Z"),
        ("create", "hats", None),
        ("review-submitted", "12", "2026-03-02T10:00:00Z"),
        ("deployment", "81", "2026-03-03T11:58:00Z"),
        ("deployment-success", "81", "2026-03-03T12:00:00Z"),
        ("run-requested", "77", "2026-03-03T11:07:00Z"),
        ("job-queued", "501", "2026-03-03T11:01:00Z"),
        ("check-completed", "601", "2026-03-02T09:32:00Z"),
        ("suite-completed", "600", "2026-03-02T09:40:00Z"),
        ("release-published", "v1.4.0", "2026-03-03T09:10:00Z"),
        ("package-npm", "hat-sizes", "2026-03-03T09:25:02Z"),
        ("registry-package-image", "Shop", "2026-03-03T09:20:00Z"),
        ("issue-edited", "9", "2026-03-04T07:45:00Z"),
        ("repository-renamed", "Acme/Shop", "2026-03-01T09:00:00Z"),
        ("repository-deleted", "Acme/Shop", None),
        ("star", None, None),
    ],
)
def test_subject_and_time_are_the_payloads_own(
    case: str, subject: str | None, time: str | None
) -> None:
    given = attributes(*CASES[case])
    assert (given.get("subject"), given.get("time")) == (subject, time)


@pytest.mark.parametrize(
    ("payload", "source"),
    [
        ({"repository": repository()}, API),
        ({"repository": {"html_url": "https://github.com/Acme/Shop"}}, API),
        ({"repository": {"url": "https://github.com/Acme/Shop"}}, API),
        ({"repository": {"url": API}}, API),
        ({"repository": {"clone_url": "https://github.com/Acme/Shop.git"}}, API),
        ({"repository": {"full_name": "Acme/Shop"}}, API),
        ({"repository": OTHER_HOST}, "https://git.acme.example:8443/api/v3/repos/Acme/Shop"),
        (
            {"repository": {"html_url": "https://acme.ghe.com/Acme/Shop"}},
            "https://api.acme.ghe.com/repos/Acme/Shop",
        ),
        (
            {"repository": {"url": "https://api.acme.ghe.com/repos/Acme/Shop"}},
            "https://api.acme.ghe.com/repos/Acme/Shop",
        ),
        (
            {"repository": None, "organization": {"url": "https://api.github.com/orgs/Acme"}},
            "https://api.github.com/orgs/Acme",
        ),
        ({}, "https://api.github.com"),
        ({"repository": {"full_name": "../.."}}, "https://api.github.com"),
        ({"repository": {"html_url": "javascript:alert(1)"}}, "https://api.github.com"),
        ({"repository": ["Acme"], "organization": {"url": "a b"}}, "https://api.github.com"),
    ],
)
def test_the_source_is_the_repository_in_the_api(payload: object, source: str) -> None:
    assert attributes("star", payload)["source"] == source


def test_a_form_carries_the_same() -> None:
    body = json.dumps({**about(action="opened"), "hat": "50 % + € & ="}).encode()
    form = urlencode({"zen": "1", "payload": body}).encode()
    sent = receive(form, content_type="application/x-www-form-urlencoded; charset=utf-8")
    assert sent == receive(body)


def test_a_ping_is_no_event() -> None:
    assert receive(b'{"zen": "Keep it logically awesome."}', x_github_event="ping") == []


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", [None, "", "h\xe4t", "two words"])
def test_names_the_header_that_is_missing_or_odd(header: str, value: str | None) -> None:
    with pytest.raises(InvalidInput) as error:
        receive(b"{}", **{header.lower().replace("-", "_"): value})
    assert error.value.where == header


@pytest.mark.parametrize("body", [b"", b"hats", b"[1]", b'"hat"', b"null", b"\xff", b'{"a": NaN}'])
def test_refuses_what_is_no_json_object(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="JSON"):
        receive(body)


def test_refuses_a_form_without_a_payload() -> None:
    with pytest.raises(InvalidInput) as error:
        receive(b"hat=1", content_type="application/x-www-form-urlencoded")
    assert error.value.where == "payload"


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/cloudevents+json"])
def test_refuses_other_content_types(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType) as error:
        receive(b"{}", content_type=content_type)
    assert error.value.where == "Content-Type"


@pytest.mark.parametrize("letter", ["\x00", "\x9f", "\ufffe", "\U0001ffff", "\ufdd0"])
def test_a_name_that_no_attribute_can_hold_is_left_out(letter: str) -> None:
    given = attributes("push", {**about(), "ref": f"refs/heads/{letter}"})
    assert "subject" not in given
    assert given["source"] == API


@pytest.mark.parametrize("header", ["x_gitea_event", "x_gogs_event"])
def test_what_gitea_sends_with_githubs_headers_is_not_misread(header: str) -> None:
    name, payload = CASES["pull-merged"]
    with pytest.raises(InvalidInput, match="/webhooks/gitea"):
        receive(json.dumps(payload).encode(), **{header: name})
