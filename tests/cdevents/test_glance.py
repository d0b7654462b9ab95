"""What is told at a glance is what the gate and the prose say, and most events are told so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.cdevents import EventType, examine, validate
from streamgauge.cdevents.glance import usual
from streamgauge.cdevents.vocabulary import RELEASED
from tests.cdevents.documents import documents
from tests.cdevents.events import custom, deployed, event

Json = dict[str, Any]

PURLS = ["pkg:oci/shop", "pkg:oci/shop@1?a=b%2F#c/d", "pkg:npm/@acme/shop", "pkg:/x", "pkg:oci/"]
ODD = ["", "x", "%", "pkg:oci/shop@", "pkg:oci/a%2", "pkg:oci/a?b?c", "pkg:oci/a#b#c", "pkg:oci/é"]
ENDS = ["4c8cb7dd-3448-41de-8768-eec704e2829b", "0.5.1", "0.5.0", "2026-03-01T1+:30:00Z", "a\n"]
values = st.one_of(
    st.sampled_from([*PURLS, *ODD, *ENDS]),
    st.text(st.sampled_from("pkg:oci/@%2F?=#é \n\0\ud800"), max_size=12).map("pkg:oci/a".__add__),
    st.none() | st.just({}) | st.just([]),
)
places = st.sampled_from(
    [
        *(("context", name) for name in ("specversion", "version", "timestamp", "chainId")),
        *(("context", "links"), ("context", "type"), ("subject", "id")),
        *(("subject", "content", "artifactId"), ("customDataContentType",), ("customData",)),
    ]
)


@settings(max_examples=300)
@given(documents(), st.lists(st.tuples(places, values), max_size=2))
def test_what_passes_at_a_glance_is_valid_and_deviates_in_nothing(
    drawn: tuple[EventType, Json], changes: list[tuple[tuple[str, ...], Any]]
) -> None:
    _, document = drawn
    for (*parents, name), value in changes:
        part = document
        for parent in parents:
            part = part[parent]
        part[name] = value
    if (told := usual(document)) is not None:
        assert validate(document) is told
        assert examine(document, told) == []


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_the_usual_event_of_each_type_is_told_at_a_glance(event_type: EventType) -> None:
    document = event(event_type, whole=False)
    context = document["context"]
    context["version" if "version" in context else "specversion"] = event_type.specversion
    context["timestamp"] = "2026-03-01T12:30:00.25Z"
    if event_type.subject == "artifact":
        document["subject"]["id"] = "pkg:oci/shop@sha256%3A4a2f?repository_url=ghcr.io/acme"
    if "artifactId" in document["subject"]["content"]:
        document["subject"]["content"]["artifactId"] = "pkg:golang/example.com/acme/shop@v1.2.3"
    assert usual(document) is event_type


@pytest.mark.parametrize("document", [custom(), {}, [], None, {"context": {"type": []}}])
def test_the_rest_is_for_the_gate(document: Any) -> None:
    assert usual(document) is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("context", "chainId"), "chain"),
        (("context", "specversion"), "0.4.1"),
        (("context", "timestamp"), "2026-03-01T1+:30:00Z"),
        (("context", "links"), [{"linkType": "END", "tags": {"a": 1}}]),
        (("context", "links"), [{"linkType": "RELATION", "linkKind": "k", "target": {}}]),
        (("subject", "content", "artifactId"), "shop:1"),
        (("customDataContentType",), "text/xml"),
    ],
)
def test_a_deployment_is_usual_until_something_deviates(place: tuple[str, ...], value: Any) -> None:
    document = deployed()
    assert usual(document) is not None
    part = document
    for parent in place[:-1]:
        part = part[parent]
    part[place[-1]] = value
    assert usual(document) is None


def test_links_offsets_and_patches_of_a_release_are_usual_too() -> None:
    document = deployed()
    document["context"] |= {
        "specversion": "0.5.0",
        "timestamp": "2026-03-01T12:30:00.123456789+05:30",
        "links": [
            {"linkType": "PATH", "from": {"contextId": "1"}, "tags": {"a": "b"}},
            {"linkType": "RELATION", "linkKind": "k", "target": {"contextId": "1"}},
            {"linkType": "END"},
        ],
    }
    assert usual(document) is not None


def test_so_it_is_in_the_oldest_releases() -> None:
    document = event(RELEASED["dev.cdevents.service.deployed.0.1.0"], whole=False)
    document["context"] |= {"version": "0.1.2", "timestamp": "2026-03-01T12:30:00Z"}
    document["subject"]["content"] = deployed()["subject"]["content"]
    assert usual(document) is not None
    document["context"]["version"] = "0.2.0"
    assert usual(document) is None
