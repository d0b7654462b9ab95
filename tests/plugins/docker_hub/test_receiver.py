"""What Docker Hub's receiver takes, of whom, and what it makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge import WebhookRequest
from streamgauge.cloudevents.json_format import content_of
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.json_codec import decode
from streamgauge.settings import Settings
from streamgauge_docker_hub import receivers

PUSH: dict[str, Any] = json.loads((Path(__file__).parent / "cases/push.json").read_bytes())
SECRET = "a long one, & with signs"


def receive(payload: object, **query: str) -> list[dict[str, Any]]:
    [receiver] = receivers(Settings(plugins={"docker-hub": {"secret": SECRET}}))
    request = WebhookRequest(
        {"content-type": "application/json"}, json.dumps(payload).encode(), query
    )
    return [dict(content_of(decode(e.state)).attributes) for e in receiver.receive(request)]


def test_a_push_becomes_one_event() -> None:
    [made] = receive(PUSH, secret=SECRET)
    assert len(made.pop("id")) == 64
    assert made == {
        "specversion": "1.0",
        "source": "https://hub.docker.com/r/acmehats/shop",
        "type": "com.docker.hub.push",
        "subject": "1.4.0",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
    }


@pytest.mark.parametrize("query", [{}, {"secret": ""}, {"secret": SECRET[:-1]}, {"token": SECRET}])
def test_the_address_must_hold_the_secret(query: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        receive(PUSH, **query)


@pytest.mark.parametrize("name", [None, "", 7, "a/b/c", "A/b", "a b/c", "../x?"])
def test_what_names_no_repository_is_refused(name: object) -> None:
    payload = {**PUSH, "repository": {**PUSH["repository"], "repo_name": name}}
    with pytest.raises(InvalidInput, match=r"^/repository/repo_name: names no repository"):
        receive(payload, secret=SECRET)
