"""What the conformance suite cannot know of CircleCI: signatures, odd payloads, orders."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.cdevents import kind_of
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.settings import Settings
from streamgauge.sources.captured import read_cases
from streamgauge_circleci import receivers
from tests.plugins.runs import delivery, offline, told, ways
from tests.shared import SHARED, needs_shared

CASES = {case.name: case.deliveries for case in read_cases(Path(__file__).parent / "cases")}
RULE: dict[str, Any] = {"allow_unsigned": True, "deployments": ["deploy"]}
BODY = CASES["workflow-completed-success"][0].body


def signature(secret: str, body: bytes = BODY, version: str = "v1") -> str:
    return f"{version}={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def receive(header: str | None, *secrets: str, body: bytes = BODY) -> int:
    [receiver] = receivers(Settings(plugins={"circleci": {"secret": list(secrets)}}))
    signed = {} if header is None else {"circleci-signature": header}
    headers = {"content-type": "application/json", **signed}
    return len(receiver.receive(WebhookRequest(headers, body, {})))


@pytest.mark.parametrize(
    "header",
    [
        signature("new"),
        signature("old"),
        f"{signature('other')},{signature('old')}",
        f"v0=whatever, {signature('new')} , v2=none",
    ],
)
def test_one_signature_of_the_list_is_enough(header: str) -> None:
    assert receive(header, "new", "old") == 1


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        signature("other"),
        signature("new", version="v2"),
        signature("new").removeprefix("v1="),
        signature("new", b"another body"),
        "v1=",
        "v1=é",
    ],
)
def test_no_other_signature_is(header: str | None) -> None:
    with pytest.raises(WebhookRefused):
        receive(header, "new", "old")


VECTORS = SHARED / "payloads/signatures.json"


@needs_shared
def test_published_signatures() -> None:
    found = [each for each in json.loads(VECTORS.read_text()) if each["scheme"] == "circleci-v1"]
    assert len(found) >= 3
    for vector in found:
        header, body = vector["headers"]["circleci-signature"], vector["body"].encode()
        # These bodies are no JSON: whoever gets as far as that has passed the check.
        wanted = InvalidInput if vector["valid"] else WebhookRefused
        with pytest.raises(wanted) as caught:
            receive(header, vector["secret"], body=body)
        assert isinstance(caught.value, WebhookRefused) != vector["valid"]


def test_what_is_no_webhook_of_circleci_is_refused() -> None:
    run = offline("circleci", **RULE)
    with pytest.raises(InvalidInput, match="is this a webhook of CircleCI") as caught:
        run.receive("circleci", delivery({"type": "push"}))
    assert caught.value.where == "/type"


def test_a_retry_has_the_id_of_the_delivery() -> None:
    [one] = offline("circleci", **RULE).receive("circleci", CASES["workflow-completed-success"][0])
    assert one.id == json.loads(BODY)["id"]


def test_a_server_of_ones_own_has_its_own_pages() -> None:
    data = json.loads(BODY)
    data["workflow"]["url"] = (
        "https://circle.lantern.example/pipelines/gh/lantern/web/1/workflows/2"
    )
    made = told(offline("circleci", **RULE), "circleci", delivery(data))
    assert {event.source for event in made} == {
        "https://circle.lantern.example/pipelines/gh/lantern/web"
    }


def test_a_workflow_without_a_page_has_one_by_its_id() -> None:
    data = json.loads(BODY)
    del data["workflow"]["url"]
    made = told(offline("circleci", **RULE), "circleci", delivery(data))
    assert {event.source for event in made} == {
        "https://app.circleci.com/pipelines/github/lantern/web"
    }
    assert {event.content["uri"] for event in made} == {
        f"https://app.circleci.com/pipelines/workflows/{data['workflow']['id']}"
    }


def test_a_workflow_deploys_by_project_and_name_too() -> None:
    run = offline("circleci", allow_unsigned=True, deployments=["web/*"])
    made = told(run, "circleci", *CASES["workflow-completed-success"])
    assert kind_of(made[-1].type) == "service.deployed"


WAY = ways("circleci", **RULE)
ALL = CASES["deployments-by-the-rule"]


@given(st.data())
def test_any_order_and_repetition_gives_the_same_occurrences(data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(ALL)))
    shuffled = data.draw(st.permutations([*ALL, *again]))
    one, other = told(WAY(), "circleci", *ALL), told(WAY(), "circleci", *shuffled)
    assert {(e.id, e.subject_id, e.timestamp) for e in one} == {
        (e.id, e.subject_id, e.timestamp) for e in other
    }
