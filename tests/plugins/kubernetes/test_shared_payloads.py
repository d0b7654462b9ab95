"""The collection of payloads that lies beside the repository, where it is there.

STREAMGAUGE_SHARED says where else it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamgauge import CloudEvent
from streamgauge.cloudevents import to_sdk
from streamgauge.cloudevents.http_binding import parse
from tests.plugins.kubernetes.builders import RECORDED, fold, fold_each, told

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("STREAMGAUGE_SHARED") or ROOT.parent / "shared")
PAYLOADS = SHARED / "payloads" / "knative-apiserversource"

pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the payloads are not here")


def received(headers: Path) -> Iterator[CloudEvent]:
    """The events of one request, as a transformer gets them."""
    fields = {name.lower(): value for name, value in json.loads(headers.read_bytes()).items()}
    body = headers.with_name(headers.name.replace(".headers.json", ".json")).read_bytes()
    for event in parse([*fields.items()], body, max_batch_events=10):
        yield to_sdk(event.state, RECORDED)


def requests(folder: Path, pattern: str) -> list[CloudEvent]:
    return [
        event
        for headers in sorted(folder.glob(f"{pattern}.headers.json"))
        for event in received(headers)
    ]


@pytest.mark.parametrize(
    "folder", [PAYLOADS, PAYLOADS / "structured"], ids=["binary", "structured"]
)
def test_the_life_of_a_deployment(folder: Path) -> None:
    given = fold_each(requests(folder, "deployment.??-*"))
    podinfo = "/podinfo-prod/podinfo"
    assert [told(each) for each in given] == [
        [],
        [f"deployed {podinfo}"],
        [],
        [],
        [f"upgraded {podinfo}"],
        [],
        [f"rolledback {podinfo}"],
        [f"failed {podinfo}"],
        [],
        [f"removed {podinfo}"],
    ]
    upgraded = given[4][0]
    assert upgraded.document["context"]["timestamp"] == "2025-10-02T17:00:30Z"
    assert upgraded.custom_data["commit"] == "3333333333cccccccccc4444444444dddddddddd"
    assert upgraded.custom_data["version"] == "6.9.1"
    assert upgraded.content["artifactId"] == (
        "pkg:oci/podinfo@sha256:9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c"
        "?repository_url=ghcr.io/stefanprodan/podinfo&tag=6.9.1"
    )


def test_both_content_modes_give_the_same() -> None:
    binary, structured = (
        [event.document for event in fold(requests(folder, "deployment.??-*"))]
        for folder in (PAYLOADS, PAYLOADS / "structured")
    )
    assert binary == structured


def test_a_rollout_in_messages_of_the_controller() -> None:
    (event,) = fold(requests(PAYLOADS, "k8sevent.*"))
    assert told([event]) == ["deployed /podinfo-prod/podinfo"]
    assert event.content["artifactId"] == "pkg:generic/podinfo-prod/podinfo@7d9c5b8f6c"
    assert event.document["context"]["timestamp"] == "2025-10-02T17:00:01Z"


@pytest.mark.parametrize("pattern", ["*.ref.*", "pod.*", "doc.*"])
def test_references_and_other_kinds_tell_nothing(pattern: str) -> None:
    events = requests(PAYLOADS, pattern) + requests(PAYLOADS / "structured", pattern)
    assert events
    assert fold(events) == []


def test_any_one_of_them_alone() -> None:
    for event in requests(PAYLOADS, "*") + requests(PAYLOADS / "structured", "*"):
        fold([event])
