"""Links: our verdict on one that is sent by itself beside the official one; links to embed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from streamgauge import cdevents
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import parse_rfc3339
from tests.shared import SHARED, needs_shared

SENT = {"chainId": "c", "timestamp": "2026-03-01T12:30:00Z"}
HERE, THERE = {"contextId": "1", "extra": [True]}, {"contextId": "2"}
LINKS: dict[str, dict[str, Any]] = {
    "START": {**SENT, "linkType": "START", "start": HERE, "tags": {"a": 1}},
    "PATH": {**SENT, "linkType": "PATH", "from": HERE, "to": THERE, "tags": {}},
    "END": {**SENT, "linkType": "END", "from": HERE, "end": THERE, "tags": {"a": "b"}},
    "RELATION": {
        **SENT,
        "linkType": "RELATION",
        "linkKind": "trigger",
        "source": HERE,
        "target": THERE,
        "tags": {"a": None},
    },
}
VALUES = [None, 1, "", "x", "0000-01-01T00:00:00Z", [], [1], {}, {"id": "x"}, HERE, *LINKS]


@cache
def official(release: str, link_type: str) -> Draft202012Validator:
    path = SHARED / "cdevents/schemas" / release / "links" / f"link{link_type.lower()}.json"
    return Draft202012Validator(json.loads(path.read_bytes()), validate_formats=True)


def theirs(document: Any, release: str) -> bool:
    return any(official(release, each).is_valid(document) for each in LINKS)


def ours(document: Any) -> bool:
    try:
        assert cdevents.validate_link(document) == document["linkType"]
    except InvalidCDEvent:
        return False
    return True


def is_meant_to_differ(document: Any) -> bool:
    try:
        parse_rfc3339(document["timestamp"])
    except (ValueError, KeyError, TypeError):
        return True
    return False


def agrees(document: Any) -> None:
    for release in ("0.4.1", "0.5.1"):
        verdict = theirs(document, release)
        assert ours(document) == (verdict and not is_meant_to_differ(document)), document


def single_faults(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place in (document, *(value for value in document.values() if isinstance(value, dict))):
        for name in sorted(place):
            whole = place.pop(name)
            yield document
            for wrong in VALUES:
                place[name] = wrong
                yield document
            place[name] = whole
        place["surplus"] = "x"
        yield document
        del place["surplus"]


@needs_shared
@pytest.mark.parametrize("link_type", LINKS)
def test_each_single_fault_of_a_link_gets_the_official_verdict(link_type: str):
    document = copy.deepcopy(LINKS[link_type])
    agrees(document)
    assert ours(document)
    for spoilt in single_faults(document):
        agrees(spoilt)


@needs_shared
@given(
    st.dictionaries(
        st.sampled_from(sorted({name for link in LINKS.values() for name in link})),
        st.sampled_from(VALUES) | st.just(SENT["timestamp"]),
    ),
    st.sampled_from(list(LINKS)),
)
def test_a_mixture_of_links_gets_the_official_verdict(changes: dict[str, Any], link_type: str):
    agrees({**LINKS[link_type], **changes})


def without(link_type: str, name: str) -> dict[str, Any]:
    return {key: value for key, value in LINKS[link_type].items() if key != name}


MISSING = "the required member is missing"


@pytest.mark.parametrize(
    ("document", "where", "reason"),
    [
        (None, "", "must be an object, not null"),
        ([], "", "must be an object, not a list"),
        ({}, "/linkType", MISSING),
        (
            {"linkType": "BRIDGE"},
            "/linkType",
            'must be one of START, PATH, END, RELATION, not "BRIDGE"',
        ),
        (without("START", "start"), "/start", MISSING),
        (without("PATH", "chainId"), "/chainId", MISSING),
        ({**LINKS["PATH"], "to": {}}, "/to/contextId", MISSING),
        (
            {**LINKS["END"], "to": {}},
            "/to",
            "unknown member; a link allows here: linkType, chainId, timestamp, from, end, tags",
        ),
        (
            {**LINKS["END"], "timestamp": "0000-01-01T00:00:00Z"},
            "/timestamp",
            "names a day that is in no calendar, or the year 0",
        ),
        ({**LINKS["END"], "\ud800": 1}, "", "holds what JSON cannot express: "),
    ],
)
def test_what_is_wrong_with_a_link_is_told_with_its_place(document: Any, where: str, reason: str):
    with pytest.raises(InvalidCDEvent) as caught:
        cdevents.validate_link(document)
    assert caught.value.where == where
    assert caught.value.reason.startswith(reason)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda v: st.lists(v), max_leaves=4))
def test_what_is_no_link_is_refused_in_one_way(value: Any):
    assert not ours(value)


def test_links_to_embed():
    assert cdevents.path("1") == {"linkType": "PATH", "from": {"contextId": "1"}}
    assert cdevents.end() == {"linkType": "END"}
    assert cdevents.end("1", {"a": "b"}) == {
        "linkType": "END",
        "from": {"contextId": "1"},
        "tags": {"a": "b"},
    }
    assert cdevents.relation("trigger", "2", {}) == {
        "linkType": "RELATION",
        "linkKind": "trigger",
        "target": {"contextId": "2"},
        "tags": {},
    }


def test_an_event_with_embedded_links_passes():
    event = cdevents.new(
        "build.started",
        id="2",
        source="/ci",
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        subject_id="b",
        chain_id="c",
        links=[cdevents.path("1", {"a": "b"}), cdevents.end("1"), cdevents.relation("k", "0")],
    )
    assert cdevents.validate(event.document).kind == "build.started"
