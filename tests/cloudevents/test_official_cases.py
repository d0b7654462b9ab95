"""The 43 JSON format cases and the HTTP features of the official conformance project."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cloudevents.http_binding import parse
from streamgauge.cloudevents.json_format import read
from streamgauge.errors import InvalidCloudEvent
from streamgauge.timestamps import Instant
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared

FOLDER = SHARED / "cloudevents"
MINIMAL = {
    "specversion": "1.0",
    "id": "minimal",
    "type": "io.cloudevents.test",
    "source": "https://cloudevents.io",
}
TIME = Instant.of("2018-04-05T17:31:00Z")
ALL_CORE = {
    **MINIMAL,
    "id": "allCore",
    "datacontenttype": "text/plain",
    "dataschema": "https://cloudevents.io/dataschema",
    "subject": "tests",
    "time": TIME,
}
ALL_EXTENSIONS = {
    **MINIMAL,
    "id": "allExtensionTypes",
    "extinteger": 10,
    "extboolean": True,
    "extstring": "text",
    "extbinary": base64.b64encode(b"Ma").decode(),
    "exttimestamp": "2023-03-31T15:12:00Z",
    "exturi": "https://cloudevents.io",
    "exturiref": "//authority/path",
}
SAMPLES: dict[str, tuple[dict[str, Any], Any]] = {
    "minimal": (MINIMAL, None),
    "minimalWithTime": ({**MINIMAL, "id": "minimalWithTime", "time": TIME}, None),
    "minimalWithRelativeSource": (
        {**MINIMAL, "id": "minimalWithRelativeSource", "source": "#fragment"},
        None,
    ),
    "allCore": (ALL_CORE, None),
    "simpleTextData": (
        {**MINIMAL, "id": "simpleTextData", "datacontenttype": "text/plain"},
        "Simple text",
    ),
    "allExtensionTypes": (ALL_EXTENSIONS, None),
}
BATCHES = {
    "empty": [],
    "minimal": ["minimal"],
    "minimal2": ["minimal", "minimal"],
    "minimalAndAllCore": ["minimal", "allCore"],
    "minimalAndAllExtensionTypes": ["minimal", "allExtensionTypes"],
}


def load(name: str) -> list[Any]:
    path = FOLDER / f"conformance-format-tests-pr33/format/json/{name}.json"
    if not path.exists():  # the module is skipped; parametrize still asks
        return []
    cases: list[Any] = json.loads(path.read_text(encoding="utf-8-sig"))["tests"]
    return [pytest.param(case, id=case["id"]) for case in cases]


def said(state: bytes) -> tuple[dict[str, Any], Any]:
    content = read(state)
    attributes: dict[str, Any] = dict(content.attributes)
    if "time" in attributes:
        attributes["time"] = Instant.of(attributes["time"])
    return attributes, content.data


def sent(kind: str, value: Any) -> list[tuple[dict[str, Any], Any]]:
    headers = [("content-type", f"application/{kind}")]
    message = parse(headers, json.dumps(value).encode(), max_batch_events=9)
    return [said(event.state) for event in message]


def test_there_are_43_cases() -> None:
    names = ("valid-events", "invalid-events", "valid-batches", "invalid-batches")
    assert [len(load(name)) for name in names] == [10, 25, 5, 3]


@pytest.mark.parametrize("case", load("valid-events"))
def test_a_valid_event(case: Any) -> None:
    expected = SAMPLES[case["sampleId"]]
    expected = ({**expected[0], "id": case["event"]["id"]}, expected[1])
    assert sent("cloudevents+json", case["event"]) == [expected]


@pytest.mark.parametrize("case", load("invalid-events"))
def test_an_invalid_event(case: Any) -> None:
    with pytest.raises(InvalidCloudEvent):
        sent("cloudevents+json", case["event"])


@pytest.mark.parametrize("case", load("valid-batches"))
def test_a_valid_batch(case: Any) -> None:
    expected = [SAMPLES[name] for name in BATCHES[case["sampleId"]]]
    assert sent("cloudevents-batch+json", case["batch"]) == expected


@pytest.mark.parametrize("case", load("invalid-batches"))
def test_an_invalid_batch(case: Any) -> None:
    with pytest.raises(InvalidCloudEvent):
        sent("cloudevents-batch+json", case["batch"])


def features() -> list[Any]:
    """The requests of the feature file, one for each row of its examples."""
    path = FOLDER / "conformance-v0.4.1/features/http-protocol-binding.feature"
    return list(_outlines(path)) if path.exists() else []


def _outlines(path: Path) -> Any:
    for outline in path.read_text(encoding="utf-8").split("Scenario Outline:")[1:]:
        title = outline.strip().splitlines()[0]
        request = outline.split('"""')[1]
        table = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in outline.split("attributes are:")[1].split("And")[0].splitlines()
            if "|" in line
        ]
        examples = [
            line.strip().strip("|").strip()
            for line in outline.split("Examples:")[1].splitlines()
            if "|" in line
        ][1:]
        for kind in examples:
            attributes = {name: value.replace("<contentType>", kind) for name, value in table[1:]}
            yield pytest.param(
                request.replace("<contentType>", kind),
                attributes,
                json.loads(outline.split('"""')[3]) if outline.count('"""') > 2 else None,
                id=title.replace("<contentType>", kind),
            )


def test_there_are_four_features() -> None:
    assert len(features()) == 4


@pytest.mark.parametrize(("request_text", "attributes", "data"), features())
def test_a_feature(request_text: str, attributes: dict[str, str], data: Any) -> None:
    head, _, body = request_text.strip().partition("\n\n")
    headers = []
    for line in head.splitlines()[1:]:
        name, _, value = line.strip().partition(":")
        headers.append((name.lower(), value.strip()))
    (event,) = parse(headers, body.encode(), max_batch_events=1)
    content = read(event.state)
    assert content.attributes == attributes
    assert content.data == (data or {"message": "Hello World!"})


def yaml_events() -> list[Any]:
    import yaml

    paths = sorted((FOLDER / "conformance-v0.4.1/yaml").glob("v*/*.yaml"))
    return [
        pytest.param(each, id=f"{path.stem}-{each['ContextAttributes']['id']}")
        for path in paths
        for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if each
    ]


@pytest.mark.parametrize("each", yaml_events())
def test_the_yaml_events_in_binary_mode(each: Any) -> None:
    attributes = {name: str(value) for name, value in each["ContextAttributes"].items()}
    kind = attributes.pop("datacontenttype")
    headers = [*((f"ce-{name}", value) for name, value in attributes.items())]
    body = each["Data"].encode()
    (event,) = parse([*headers, ("content-type", kind)], body, max_batch_events=1)
    content = read(event.state)
    assert content.attributes == {**attributes, "specversion": "1.0", "datacontenttype": kind}
    assert content.data == (json.loads(body) if "json" in kind else each["Data"])
