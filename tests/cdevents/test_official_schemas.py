"""Our verdict on an event beside that of the official schemas, which are kept elsewhere.

There are two differences that are meant, both of them timestamps that are refused here: one that
lies in the year 0, or in UTC outside the years 1 to 9999, as no datetime can hold it; and one in
which a sign or a point stands for a digit, which is no RFC 3339 and which the validator used for
the official schemas takes all the same. (Two more
cannot come from a JSON document: lone surrogates and values that JSON has not.)
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, Registry

from streamgauge.cdevents import EventType, lookup, validate
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import RELEASED
from streamgauge.errors import InvalidCDEvent
from streamgauge.timestamps import parse_rfc3339
from tests.cdevents.events import custom, event
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared

OFFICIAL = SHARED / "cdevents"
RELEASES = ("0.2.0", "0.3.0", "0.4.1", "0.5.1")
CUSTOM = {"0.4.1": "0.4.1/custom/schema.json", "0.5.1": "0.5.1/custom/schema.json"}

Json = dict[str, Any]


def load(path: Path) -> Json:
    document: Json = json.loads(path.read_bytes())
    return document


def official_schema(file: str) -> Json:
    return load(OFFICIAL / "schemas" / file)


@cache
def index() -> dict[str, Json]:
    return load(OFFICIAL / "type_index.json")


@cache
def links() -> Registry:
    found = [load(path) for path in (OFFICIAL / "schemas").glob("*/links/*.json")]
    return Registry([(each["$id"], each) for each in found])


@cache
def official(file: str) -> Draft202012Validator:
    return Draft202012Validator(official_schema(file), validate_formats=True, registry=links())


def conformance_files() -> list[Path]:
    folders = [OFFICIAL / "conformance" / release for release in RELEASES]
    return sorted(path for folder in folders for path in folder.rglob("*.json"))


@cache
def starting_points() -> list[Json]:
    """Events that are valid: the official examples, and for each type one with all there is."""
    made = [event(event_type) for event_type in RELEASED.values()]
    made += [event(event_type, whole=False) for event_type in RELEASED.values()]
    return [*map(load, conformance_files()), *made, custom("0.4.1"), custom("0.5.1")]


def ours(document: Json) -> bool:
    try:
        validate(document)
    except InvalidCDEvent:
        return False
    return True


def theirs(document: Json) -> bool:
    """The official verdict, by the schema of the type that the document declares."""
    context = document.get("context")
    name = context.get("type") if isinstance(context, dict) else None
    if isinstance(name, str) and name in index():
        return official(index()[name]["file"]).is_valid(document)
    return any(official(file).is_valid(document) for file in CUSTOM.values())


def is_meant_to_differ(document: Json) -> bool:
    try:
        parse_rfc3339(document["context"]["timestamp"])
    except ValueError:
        return True
    return False


def test_our_types_are_exactly_the_official_ones():
    assert set(RELEASED) == set(index())
    for name, entry in index().items():
        assert list(RELEASED[name].releases) == entry["lines"]


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in conformance_files()],
)
def test_each_conformance_file_passes(path: Path):
    document = load(path)
    assert theirs(document)
    assert validate(document).name == document["context"]["type"]


def test_there_are_conformance_files_of_each_release():
    counts = [
        len(list((OFFICIAL / "conformance" / release).rglob("*.json"))) for release in RELEASES
    ]
    assert counts == [36, 39, 46, 46]


MEANINGLESS = {"$schema", "$id", "default", "description", "example", "contentEncoding"}


def normal(described: Json, release: str) -> Any:
    """What a schema says, in a form that does not depend on how it says it."""
    if "$ref" in described:
        name = described["$ref"].rsplit("/", 1)[-1]
        return normal(official_schema(f"{release}/links/{name}.json"), release)
    if "enum" in described:
        return ("words", frozenset(described["enum"]))
    for choices in ("anyOf", "oneOf"):
        if choices in described:
            return one_of(normal(each, release) for each in described[choices])
    if isinstance(described["type"], list):
        return one_of(normal({"type": each}, release) for each in described["type"])
    left = {key: value for key, value in described.items() if key not in MEANINGLESS}
    form = FORMS[left.pop("type")](left, release)
    assert not left, "this test has not understood the whole schema"
    return form


def one_of(forms: Iterable[Any]) -> Any:
    found = set(forms)
    if any(kind == "string" for kind, *_ in found):
        # Words beside any string are suggestions.
        found = {form for form in found if form[0] != "words"}
    return found.pop() if len(found) == 1 else ("choice", frozenset(found))


def normal_object(left: Json, release: str) -> Any:
    required = left.pop("required", [])
    members = left.pop("properties", {}).items()
    return (
        "object",
        frozenset((name, name in required, normal(each, release)) for name, each in members),
        left.pop("additionalProperties", True),
    )


def normal_array(left: Json, release: str) -> Any:
    return ("array", normal(left.pop("items"), release))


def normal_string(left: Json, release: str) -> Any:
    string_format = left.pop("format", None)
    # An empty string is no URI, whether a schema forbids it or not.
    not_empty = left.pop("minLength", 0) == 1 or string_format == "uri"
    pattern = left.pop("pattern", "").replace("(", "").replace(")", "")
    return ("string", string_format, not_empty, pattern)


FORMS = {"object": normal_object, "array": normal_array, "string": normal_string}


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_each_schema_says_what_the_official_one_says(event_type: EventType):
    file = Path(index()[event_type.name]["file"]).name
    for release in event_type.releases:
        described = normal(official_schema(f"{release}/{file}"), release)
        assert normal(schema(event_type), release) == described


@pytest.mark.parametrize("release", CUSTOM)
def test_the_schema_of_custom_events_says_what_the_official_one_says(release: str):
    known = lookup("dev.cdeventsx.tool-x.y.0.0.0")
    assert known is not None
    ours = schema(replace(known, releases=(release,)))
    assert normal(ours, release) == normal(official_schema(CUSTOM[release]), release)


NAMES = [
    *("id", "source", "type", "url", "uri", "name", "outcome", "version", "specversion"),
    *("environment", "artifactId", "repository", "content", "context", "subject", "links"),
    *("chainId", "schemaUri", "customData", "customDataContentType", "linkType", "from", "x"),
]
STRINGS = [
    *("", " ", "x", "a b", "/rel", "#f", "?q", "//", "http://", "http://[::1", "urn:x", "1:x"),
    *("%", "%2", "%20", "a\\b", "ü", "http://ü", "http://a/{b}", "a:b", ":", "x\x00"),
    *("pass", "success", "other", "PATH", "END", "RELATION", "service", "pipelineRun", "ticket"),
    *("2026-03-01", "2026-03-01T12:30:00", "2026-03-01T12:30:00z", "2026-02-30T12:30:00Z"),
    *("0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "2026-03-01T12:30:00.1234567890+23:59"),
    *("tool-subject", "dev.cdeventsx.tool-x.y.0.0.0", "dev.cdeventsx.tool-x.y.0.0.10"),
    *("dev.cdevents.service.deployed.0.3.0", "dev.cdevents.service.deployed.9.0.0"),
]
LINKS = [
    {"linkType": "END"},
    {"linkType": "PATH", "from": {"contextId": "1"}},
    {"linkType": "RELATION", "linkKind": "k", "target": {}},
]
values = (
    st.sampled_from([None, True, 0, 1.5, [], {}, [""], [1], ["x"], {"id": "x"}, {"id": ""}])
    | st.sampled_from(STRINGS)
    | st.sampled_from([LINKS, *LINKS])
    | st.text(max_size=4)
    | st.builds(str, st.datetimes())
).map(copy.deepcopy)


@st.composite
def mutants(draw: st.DrawFn) -> Json:
    """An event that was valid until one to three of its members were tampered with."""
    document = copy.deepcopy(draw(st.sampled_from(starting_points())))
    for _ in range(draw(st.integers(1, 3))):
        _tamper(draw, draw(st.sampled_from(list(_objects(document)))))
    return document


def _objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _objects(each)


def _tamper(draw: st.DrawFn, place: Json) -> None:
    present = sorted(place) or ["x"]
    name = draw(st.sampled_from(present))
    match draw(st.sampled_from(["drop", "add", "replace", "replace", "rename", "extend"])):
        case "drop":
            place.pop(name, None)
        case "add":
            place.setdefault(draw(st.sampled_from(NAMES)), draw(values))
        case "replace":
            place[name] = draw(values)
        case "rename":
            place[draw(st.sampled_from(NAMES))] = place.pop(name, "x")
        case "extend" if isinstance(place.get(name), str):
            place[name] += draw(st.sampled_from(STRINGS))


@settings(max_examples=1000)
@given(mutants())
def test_a_mutant_gets_the_official_verdict(document: Json):
    verdict = theirs(document)
    note("valid" if verdict else "invalid")
    if verdict and is_meant_to_differ(document):
        assert not ours(document)
    else:
        assert ours(document) == verdict


def single_faults(document: Json) -> Iterator[Json]:
    """The document with each member of it, at any depth, once missing and once of each value."""
    places = list(_objects(document))
    for place in places:
        for name in sorted(place):
            whole = place.pop(name)
            yield document
            for wrong in (None, 1, "", "a b", "x", [], [1], {}, {"id": "x"}):
                place[name] = wrong
                yield document
            place[name] = whole
        place["surplus"] = "x"
        yield document
        del place["surplus"]


@pytest.mark.parametrize("event_type", RELEASED.values(), ids=list(RELEASED))
def test_each_single_fault_gets_the_official_verdict(event_type: EventType):
    document = event(event_type)
    for spoilt in single_faults(document):
        assert ours(spoilt) == theirs(spoilt), spoilt
    assert document == event(event_type)
