from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamgauge import json_codec
from streamgauge.cdevents import (
    DEPLOYMENT_FAILED,
    CDEvent,
    EventType,
    event_id,
    lookup,
    new,
    validate,
)
from streamgauge.cdevents.gate import _compile, check_storable
from streamgauge.cdevents.vocabulary import RELEASED
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import parse_rfc3339
from tests.cdevents.events import custom, deployed, event

Document = dict[str, Any]

# The first event of a type compiles its schema, and a busy machine may take its time for that.


def refused(document: Any) -> tuple[str, str]:
    with pytest.raises(InvalidCDEvent) as caught:
        validate(document)
    return caught.value.where, caught.value.reason


def at(document: Document, *path: str) -> Any:
    for step in path:
        document = document[step]
    return document


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_each_released_type_passes_whole_and_bare(event_type: EventType):
    assert validate(event(event_type)) == event_type
    assert validate(event(event_type, whole=False)) == event_type


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_each_member_of_the_envelope_is_closed(event_type: EventType):
    for path in ((), ("context",), ("subject",), ("subject", "content")):
        document = event(event_type)
        at(document, *path)["surplus"] = 1
        where, reason = refused(document)
        assert where == "".join(f"/{step}" for step in (*path, "surplus"))
        assert reason.startswith(f"unknown member; {event_type.name} allows here: ")


@pytest.mark.parametrize("kind", ["service.deployed", DEPLOYMENT_FAILED])
def test_an_event_that_was_built_passes(kind: str):
    built = new(
        kind,
        id=event_id("deployments/42", "success"),
        source="https://deploy.example/prod",
        timestamp=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        subject_id="shop",
        content={"environment": {"id": "production"}, "artifactId": "pkg:oci/shop"},
        custom_data={"ticket": 17},
        chain_id="c",
        links=[PATH],
    )
    assert validate(built.document).name == built.type


def test_a_custom_event_passes_in_both_forms():
    name = "dev.cdeventsx.tool7-deployment.failed.0.1.0"
    new, old = validate(custom("0.5.1")), validate(custom("0.4.1"))
    assert new.name == old.name == name
    assert (new.releases, old.releases) == (("0.5.1",), ("0.4.1",))
    assert new.kind == "dev.cdeventsx.tool7-deployment.failed"


def test_a_custom_event_of_the_older_form_tells_its_subject_type():
    document = custom("0.4.1")
    document["subject"]["type"] = "deployment"
    assert refused(document) == (
        "/subject/type",
        'must be of the form <tool>-<subject>, not "deployment"',
    )
    del document["subject"]["type"]
    assert refused(document) == ("/subject/type", "the required member is missing")


def test_a_custom_event_of_the_newer_form_has_no_subject_type():
    document = custom()
    document["subject"]["type"] = "tool7-deployment"
    assert refused(document)[0] == "/subject/type"


def test_a_custom_event_without_a_version_member_is_told_the_newest():
    document = custom()
    del document["context"]["specversion"]
    assert refused(document) == ("/context/specversion", "the required member is missing")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "must be an object, not null"),
        (True, "must be an object, not a boolean"),
        (7, "must be an object, not a number"),
        ("text", "must be an object, not a string"),
        ([], "must be an object, not a list"),
        ({1}, "must be an object, not a Python set"),
    ],
)
def test_no_object(value: Any, reason: str):
    assert refused(value) == ("", reason)
    assert refused({**deployed(), "context": value}) == ("/context", reason)


def test_no_context_and_no_type():
    assert refused({}) == ("/context", "the required member is missing")
    assert refused({"context": {}}) == ("/context/type", "the required member is missing")
    assert refused({"context": {"type": ["x"]}}) == (
        "/context/type",
        "must be a string, not a list",
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "dev.cdevents.service.deployed.0.9.0",
            "is not released; released: 0.1.0, 0.1.1, 0.2.0, 0.3.0",
        ),
        (
            "dev.cdevents.service.deployed",
            "is not released; released: 0.1.0, 0.1.1, 0.2.0, 0.3.0",
        ),
        (
            "dev.cdevents.service.exploded.0.1.0",
            "is not released; service has: deployed, published, removed, rolledback, upgraded",
        ),
        ("dev.cdevents.servce.deployed.0.1.0", "is not released; subjects are: artifact, branch,"),
        ("dev.cdevents.", "is not released; subjects are: artifact, branch,"),
        ("dev.cdeventsx.failed.0.1.0", "is no custom type; these are of the form dev.cdeventsx.<"),
        (
            "com.github.push",
            "is no CDEvents type; these begin with dev.cdevents. or dev.cdeventsx.",
        ),
        ("", "is no CDEvents type;"),
    ],
)
def test_unknown_types(name: str, reason: str):
    document = deployed()
    document["context"]["type"] = name
    where, told = refused(document)
    assert where == "/context/type"
    assert told.startswith(f'"{name}" {reason}')


def put(*path: str, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        at(document, *path[:-1])[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        del at(document, *path[:-1])[path[-1]]

    return change


MISSING = "the required member is missing"
EMPTY = "must not be empty"
TYPE = "dev.cdevents.service.deployed.0.3.0"


@pytest.mark.parametrize(
    ("spoil", "where", "reason"),
    [
        (drop("subject"), "/subject", MISSING),
        (drop("context", "specversion"), "/context/specversion", MISSING),
        (drop("context", "timestamp"), "/context/timestamp", MISSING),
        (drop("subject", "content"), "/subject/content", MISSING),
        (drop("subject", "content", "environment"), "/subject/content/environment", MISSING),
        (
            drop("subject", "content", "environment", "id"),
            "/subject/content/environment/id",
            MISSING,
        ),
        (put("context", "id", value=""), "/context/id", EMPTY),
        (put("context", "source", value=""), "/context/source", EMPTY),
        (put("subject", "content", "artifactId", value=""), "/subject/content/artifactId", EMPTY),
        (put("subject", "id", value=7), "/subject/id", "must be a string, not a number"),
        (put("subject", "id", value=True), "/subject/id", "must be a string, not a boolean"),
        (
            put("subject", "content", "environment", value="prod"),
            "/subject/content/environment",
            "must be an object, not a string",
        ),
        (
            put("customData", value=[]),
            "/customData",
            "must be an object or a string, not a list",
        ),
        (
            put("customData", value=None),
            "/customData",
            "must be an object or a string, not null",
        ),
        (put("context", "links", value={}), "/context/links", "must be a list, not an object"),
        (
            put("context", "timestamp", value="yesterday"),
            "/context/timestamp",
            'must be an RFC 3339 timestamp such as 2026-03-01T12:30:00Z, not "yesterday"',
        ),
        (
            put("context", "source", value="a b"),
            "/context/source",
            'must be a URI, or a reference relative to one such as /teams/shop, not "a b"',
        ),
        (
            put("context", "schemaUri", value="/schema"),
            "/context/schemaUri",
            'must be a URI with its scheme, such as https://example.com/builds/7, not "/schema"',
        ),
        (
            put("subject", "content", "enviroment", value={}),
            "/subject/content/enviroment",
            f"unknown member; {TYPE} allows here: environment, artifactId",
        ),
        (
            put("subject", "content", "environment", "a/b~c", value=1),
            "/subject/content/environment/a~1b~0c",
            f"unknown member; {TYPE} allows here: id, source",
        ),
        (
            put("data", value={}),
            "/data",
            f"unknown member; {TYPE} allows here: "
            "context, subject, customData, customDataContentType",
        ),
        (
            put("context", "type", value="dev.cdevents.build.queued.0.3.0"),
            "/subject/content/environment",
            "unknown member; dev.cdevents.build.queued.0.3.0 allows here: none",
        ),
        (
            put("subject", "\ud800", value=1),
            "",
            "holds what JSON cannot express: 'utf-8' codec can't encode character '\\ud800' in "
            "position 0: surrogates not allowed",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    spoil: Callable[[Document], None], where: str, reason: str
):
    document = deployed()
    assert validate(document).name == TYPE
    spoil(document)
    assert refused(document) == (where, reason)


@pytest.mark.parametrize("outcome", ["pass", "", 1, None, {}])
def test_a_word_that_is_not_in_the_list(outcome: Any):
    known = lookup("dev.cdevents.pipelinerun.finished.0.3.0")
    assert known is not None
    document = event(known)
    document["subject"]["content"]["outcome"] = outcome
    where, reason = refused(document)
    assert where == "/subject/content/outcome"
    assert reason.startswith("must be one of success, failure, cancel, error, not ")


def test_words_changed_between_releases():
    old = lookup("dev.cdevents.testcaserun.finished.0.2.0")
    assert old is not None
    document = event(old)
    for word in ("pass", "fail", "cancel", "error"):
        document["subject"]["content"]["outcome"] = word
        assert validate(document) == old
    document["subject"]["content"]["outcome"] = "success"
    assert refused(document)[0] == "/subject/content/outcome"


def test_the_subject_type_of_older_releases():
    old = lookup("dev.cdevents.pipelinerun.queued.0.2.0")
    assert old is not None
    document = event(old)
    assert document["subject"]["type"] == "pipelineRun"
    document["subject"]["type"] = "pipelinerun"
    assert refused(document) == ("/subject/type", 'must be pipelineRun, not "pipelinerun"')


def test_suggested_words_are_no_obligation():
    ticket = lookup("dev.cdevents.ticket.closed.0.2.0")
    assert ticket is not None
    document = event(ticket)
    document["subject"]["content"] |= {"priority": "", "resolution": "we moved away"}
    assert validate(document) == ticket
    document["subject"]["content"]["resolution"] = ""
    assert refused(document) == ("/subject/content/resolution", EMPTY)


PATH = {"linkType": "PATH", "from": {"contextId": "1", "extra": True}, "tags": {"a": 1}}


def test_links_of_each_type():
    links = [
        PATH,
        {"linkType": "END"},
        {"linkType": "END", "from": {"contextId": "1"}},
        {"linkType": "RELATION", "linkKind": "trigger", "target": {}},
        {"linkType": "RELATION", "linkKind": "trigger", "target": {"contextId": "1"}},
    ]
    for release in ("0.4.1", "0.5.1"):
        document = custom(release)
        document["context"] |= {"links": links, "chainId": "c"}
        validate(document)


@pytest.mark.parametrize(
    ("link", "where", "reason"),
    [
        ([], "", "must be an object, not a list"),
        ({}, "/linkType", MISSING),
        ({"linkType": "START"}, "/linkType", 'must be one of PATH, END, RELATION, not "START"'),
        ({"linkType": 1}, "/linkType", "must be one of PATH, END, RELATION, not a number"),
        ({"linkType": "PATH"}, "/from", MISSING),
        ({"linkType": "PATH", "frm": {}}, "/from", MISSING),
        ({**PATH, "from": {}}, "/from/contextId", MISSING),
        ({**PATH, "tags": []}, "/tags", "must be an object, not a list"),
        ({**PATH, "to": 1}, "/to", f"unknown member; {TYPE} allows here: linkType, from, tags"),
        (
            {"linkType": "END", "target": {}},
            "/target",
            f"unknown member; {TYPE} allows here: linkType, from, tags",
        ),
        ({"linkType": "RELATION", "linkKind": "x"}, "/target", MISSING),
        ({"linkType": "RELATION", "linkKind": "", "target": {}}, "/linkKind", EMPTY),
    ],
)
def test_a_wrong_link_is_told_by_its_own_type(link: Any, where: str, reason: str):
    document = deployed()
    document["context"]["links"] = [PATH, link]
    assert refused(document) == (f"/context/links/1{where}", reason)


def test_releases_before_links_have_none():
    known = lookup("dev.cdevents.service.deployed.0.1.1")
    assert known is not None
    for name in ("links", "chainId", "schemaUri", "specversion"):
        document = event(known)
        document["context"][name] = "urn:x"
        assert refused(document)[0] == f"/context/{name}"


@pytest.mark.parametrize(
    "timestamp",
    [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_timestamps_that_no_datetime_can_hold(timestamp: str):
    document = deployed()
    document["context"]["timestamp"] = timestamp
    assert refused(document)[0] == "/context/timestamp"


digits = st.integers(0, 99).map("{:02}".format)


@given(
    timestamp=st.builds(
        "{}-{}-{}{}{}:{}:{}{}{}".format,
        st.sampled_from(["0000", "0001", "0002", "1970", "2024", "2100", "9998", "9999"]),
        st.sampled_from(["01", "02", "06", "12"]) | digits,
        st.sampled_from(["01", "28", "29", "30", "31"]) | digits,
        st.sampled_from("Tt "),
        st.sampled_from(["00", "12", "23"]) | digits,
        st.sampled_from(["00", "59"]) | digits,
        st.sampled_from(["00", "59", "60"]) | digits,
        st.sampled_from(["", ".0", ".1234567890123", "."]),
        st.sampled_from(["Z", "z", "", "+00:00", "-00:00"])
        | st.builds("{}{}:{}".format, st.sampled_from("+-"), digits, digits),
    )
)
@example(timestamp="2016-12-31T23:59:60Z")
@example(timestamp="2016-12-31T18:29:60.9-05:30")
def test_each_timestamp_that_passes_can_be_read(timestamp: str):
    document = deployed()
    document["context"]["timestamp"] = timestamp
    try:
        validate(document)
    except InvalidCDEvent as error:
        assert error.where == "/context/timestamp"
    else:
        assert CDEvent(document).timestamp == parse_rfc3339(timestamp)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=12,
)
type_names = st.sampled_from([*RELEASED, "dev.cdeventsx.tool-x.y.0.0.0"])


def refuses_or_passes(document: Any) -> None:
    try:
        assert validate(document).name == document["context"]["type"]
    except InvalidCDEvent as error:
        assert error.reason
        str(error).encode()


@given(json_values)
def test_anything_is_refused_in_one_way(value: Any):
    refuses_or_passes(value)


@given(type_names, json_values, json_values, st.dictionaries(st.text(), json_values))
def test_anything_with_a_known_type_is_refused_in_one_way(
    name: str, context: Any, subject: Any, rest: Document
):
    members = context if isinstance(context, dict) else {"id": context}
    refuses_or_passes({"context": {**members, "type": name}, "subject": subject, **rest})


@given(type_names, st.data())
def test_anything_in_place_of_one_member_is_refused_in_one_way(name: str, data: st.DataObject):
    known = lookup(name)
    assert known is not None
    document = event(known)
    place: Any = document
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if data.draw(st.booleans()) or not isinstance(place[key], dict):
            place[key] = data.draw(json_values | st.text(st.characters(categories=["Cs"])))
            break
        place = place[key]
    refuses_or_passes(document)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_no_way_in(depth: int):
    nested: Any = []
    for _ in range(depth):
        nested = [nested]
    document = deployed()
    document["customData"] = {"free": nested}
    assert validate(document).name == TYPE
    document["subject"]["id"] = nested
    where, reason = refused(document)
    assert (where, reason.split(";")[0]) == ("", f"does not match the schema of {TYPE}")


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, b"", object(), (1,), {1: 2}])
def test_what_no_json_gives_is_refused_too(value: Any):
    document = deployed()
    document["subject"]["id"] = value
    refused(document)
    assert "\n" not in refused({**deployed(), "context": {"type": "x\ny" * 1000}})[1]


def test_a_schema_stands_alone():
    # As another validator, or a reader, would get it: the type is in the schema as well.
    known = lookup("dev.cdeventsx.tool-x.y.0.0.0")
    assert known is not None
    for event_type in (known, *RELEASED.values()):
        document = event(event_type)
        assert _compile(event_type).is_valid(document)
        document["context"]["type"] = "com.example.other"
        assert not _compile(event_type).is_valid(document)


@pytest.mark.parametrize("where", ["/context", "/subject"])
def test_what_postgres_text_cannot_hold_is_refused(where: str) -> None:
    document = new(
        "service.deployed",
        id="1\0" if where == "/context" else "1",
        source="/s",
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        subject_id="shop",
        content={"environment": {"id": "a\0" if where == "/subject" else "a"}, "artifactId": "x"},
        custom_data={"kept": "\0"},
    ).document
    validate(document)
    with pytest.raises(InvalidCDEvent, match=r"U\+0000") as raised:
        check_storable(document, json_codec.encode(document))
    assert raised.value.where == where


def test_what_only_looks_like_it_is_kept() -> None:
    """An escaped backslash before u0000, and the character in customData."""
    document = new(
        "service.deployed",
        id="\\u0000",
        source="/s",
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        subject_id="shop",
        custom_data={"kept": "\0"},
    ).document
    encoded = json_codec.encode(document)
    assert encoded.count(b"\\u0000") == 2
    check_storable(document, encoded)


@pytest.mark.parametrize("depth", [1, 350, 500, 977, 100_000])
def test_what_cannot_be_kept_is_found_at_any_depth(depth: int) -> None:
    nested: Any = "\0"
    for level in range(depth):
        nested = [nested] if level % 2 else {"in": nested}
    for content in (nested, {"\0": 1}):
        document = {**deployed(), "subject": {"id": "1", "content": content}}
        with pytest.raises(InvalidCDEvent, match=r"U\+0000"):
            check_storable(document, b"\\u0000")


@pytest.mark.parametrize(
    "timestamp",
    [
        *("2026-03-01T1+:30:00Z", "2026-11-1-T22:20:10-11:10", "20.6-03-01T12:30:00Z"),
        *("-001-01-01T00:00:00Z", ".026-03-01T12:30:00Z", "2026-03-01T12:30:00+01:0."),
    ],
)
def test_signs_and_points_are_no_digits(timestamp: str) -> None:
    """The validator takes them for some."""
    document = deployed()
    document["context"]["timestamp"] = timestamp
    assert refused(document)[0] == "/context/timestamp"


@given(
    st.sampled_from(["2026-03-01T12:30:00Z", "0001-01-01T00:00:00.5+23:59"]),
    st.lists(st.tuples(st.integers(0, 24), st.sampled_from("+-.,:TZ019 ")), max_size=3),
)
def test_a_timestamp_passes_exactly_if_it_can_be_read(
    start: str, changes: list[tuple[int, str]]
) -> None:
    text = list(start)
    for place, char in changes:
        text[place % len(text)] = char
    document = deployed()
    document["context"]["timestamp"] = "".join(text)
    try:
        parse_rfc3339("".join(text))
    except ValueError:
        assert refused(document)[0] == "/context/timestamp"
    else:
        validate(document)
