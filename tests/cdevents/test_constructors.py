"""The typed constructors: what they are generated from, what they make, what they refuse."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema_rs import Draft202012Validator, Registry

from streamgauge import cdevents
from streamgauge.cdevents import CDEvent, EventType, Ref, shapes, validate
from streamgauge.cdevents.building import More, build_event, new
from streamgauge.cdevents.generate import HERE, files
from streamgauge.cdevents.notation import snake
from streamgauge.cdevents.schemas import schema
from streamgauge.cdevents.vocabulary import RELEASES, TABLE, VERSIONS, in_release
from streamgauge.errors import InvalidCDEvent, UnknownName
from streamgauge.timestamps import format_rfc3339, parse_rfc3339
from tests.cdevents.events import event
from tests.conftest import ROOT
from tests.shared import SHARED, needs_shared

Document = dict[str, Any]

NEWEST = [each for kind in VERSIONS if (each := in_release(kind, RELEASES[-1]))]
FORMS = [
    pytest.param(each, form, id=f"{each.kind}-{release}")
    for each in NEWEST
    for release in RELEASES
    if (form := in_release(each.kind, release))
]
_MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
CLASSES = {
    "sbom": shapes.Sbom,
    "trigger": shapes.Trigger,
    "testCase": shapes.TestCase,
    "testSuite": shapes.TestSuite,
}


def constructor(kind: str) -> Callable[..., CDEvent]:
    subject, predicate = kind.split(".")
    found: Callable[..., CDEvent] = getattr(getattr(cdevents, subject), predicate)
    return found


def arguments(document: Document) -> dict[str, Any]:
    """What to call the constructor with to get the document, one of the newest release."""
    context, subject = document["context"], document["subject"]
    envelope = {
        "id": context["id"],
        "source": context["source"],
        "timestamp": parse_rfc3339(context["timestamp"]),
        "subject_id": subject["id"],
        "subject_source": subject.get("source"),
        "chain_id": context.get("chainId"),
        "schema_uri": context.get("schemaUri"),
        "links": context.get("links", ()),
        "custom_data": document.get("customData"),
        "custom_data_content_type": document.get("customDataContentType"),
    }
    content = {snake(name): argument(name, value) for name, value in subject["content"].items()}
    return {name: each for name, each in {**envelope, **content}.items() if each is not None}


def argument(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return CLASSES.get(name, Ref)(**value)


def example(event_type: EventType, *, whole: bool) -> Document:
    document = event(event_type, whole=whole)
    context = document["context"]
    context["specversion"] = event_type.specversion
    context["timestamp"] = format_rfc3339(parse_rfc3339(context["timestamp"]))
    document["subject"].pop("type", None)  # ticket.closed alone may still have it
    return document


def test_the_committed_files_are_those_that_the_generator_writes():
    generated = files()
    for path, text in generated.items():
        assert (HERE / path).read_text(encoding="utf-8") == text, (
            f"{path} is not what `python -m streamgauge.cdevents.generate` writes"
        )
    there = {path.relative_to(HERE) for path in (HERE / "subjects").glob("*.py")}
    assert there == {path for path in generated if path.parent.name == "subjects"}


def test_the_generated_files_are_formatted():
    paths = [str(HERE / path) for path in files()]
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [Path(sys.executable).with_name("ruff"), *command, "--no-cache", *paths],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_subject_is_exported_and_each_event_has_a_meaning():
    assert {each.subject for each in NEWEST} <= set(cdevents.__all__)
    assert len(NEWEST) == 45
    for each in NEWEST:
        made = constructor(each.kind)
        assert made.__doc__
        assert made.__module__ == f"streamgauge.cdevents.subjects.{each.subject}"
    meant = {key for key, _ in TABLE["meanings"] if "." in key}
    assert meant == {each.kind for each in NEWEST}
    assert get_args(shapes.Release) == RELEASES


def test_every_parameter_is_by_name_and_only_what_is_required_has_no_default():
    for each in NEWEST:
        content = schema(each)["properties"]["subject"]["properties"]["content"]
        parameters = inspect.signature(constructor(each.kind)).parameters
        required = {name for name, p in parameters.items() if p.default is p.empty} - {"more"}
        assert required == {
            *("id", "source", "timestamp", "subject_id"),
            *map(snake, content["required"]),
        }
        assert set(parameters) == {
            *("id", "source", "timestamp", "subject_id", "more"),
            *map(snake, content["properties"]),
        }
        for parameter in parameters.values():
            assert parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
            assert parameter.default in (parameter.empty, None)


def test_the_optional_members_of_the_envelope_are_the_same_everywhere():
    builder = inspect.signature(build_event).parameters.values()
    assert {each.name for each in builder if each.kind is each.KEYWORD_ONLY} == set(
        More.__annotations__
    )
    assert set(More.__annotations__) < set(inspect.signature(new).parameters)


@pytest.mark.parametrize("each", NEWEST, ids=lambda each: each.kind)
@pytest.mark.parametrize("whole", [True, False])
def test_the_document_is_the_one_described(each: EventType, whole: bool):
    document = example(each, whole=whole)
    made = constructor(each.kind)(**arguments(document))
    assert made.document == document
    assert validate(made.document) == each


OLDER = {"uri": "url", "specversion": "version"}


def without_what_is_newer(document: Document, form: EventType) -> Document:
    """The newest document of the kind, but for members that came after that release."""
    described = schema(form)["properties"]
    for part, there in (
        (document["context"], described["context"]),
        (document["subject"]["content"], described["subject"]["properties"]["content"]),
    ):
        for name in list(part):
            if not {name, OLDER.get(name)} & there["properties"].keys():
                del part[name]
    return document


@cache
def official(release: str, name: str) -> Draft202012Validator:
    folder = SHARED / "cdevents"
    file = Path(json.loads((folder / "type_index.json").read_bytes())[name]["file"]).name
    links = [json.loads(path.read_bytes()) for path in folder.glob("schemas/*/links/*.json")]
    return Draft202012Validator(
        json.loads((folder / "schemas" / release / file).read_bytes()),
        validate_formats=True,
        registry=Registry([(each["$id"], each) for each in links]),
    )


@needs_shared
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("each", "form"), FORMS)
def test_each_release_gets_what_its_official_schema_allows(
    each: EventType, form: EventType, whole: bool
):
    release = form.specversion
    document = without_what_is_newer(example(each, whole=whole), form)
    made = constructor(each.kind)(**arguments(document), release=release).document
    official(release, made["context"]["type"]).validate(made)
    assert validate(made).of(release) == form
    context = made["context"]
    assert context["specversion" if release == "0.5.1" else "version"] == release
    assert ("specversion" in context) != ("version" in context)
    if release != "0.5.1":
        assert made["subject"]["type"] == each.subject_type
    assert cdevents.upgrade(CDEvent(made)).document == document


@pytest.mark.parametrize("release", ["0.3.0", "0.4.1"])
def test_an_older_form_has_its_own_names_and_words(release: Any):
    queued = cdevents.testsuiterun.queued(
        **BARE, environment="e", test_suite=shapes.TestSuite("s", uri="urn:x"), release=release
    )
    assert queued.content["testSuite"] == {"id": "s", "url": "urn:x"}
    outcomes = ("success", "pass"), ("failure", "fail"), ("cancel", "cancel"), ("error", "error")
    for today, old in outcomes:
        finished = cdevents.testcaserun.finished(
            **BARE, environment="e", outcome=today, release=release
        )
        assert finished.content["outcome"] == old


BARE: Any = {"id": "1", "source": "/s", "timestamp": _MOMENT, "subject_id": "x"}
DEPLOYED: Any = {**BARE, "environment": "production", "artifact_id": "pkg:oci/shop"}


def test_what_is_left_out_is_not_there():
    made = cdevents.change.created(**BARE, description=None, chain_id=None, links=[])
    assert made.document == {
        "context": {
            "specversion": "0.5.1",
            "id": "1",
            "source": "/s",
            "type": "dev.cdevents.change.created.0.4.0",
            "timestamp": "2026-03-01T12:30:00Z",
        },
        "subject": {"id": "x", "content": {}},
    }


def test_custom_data_without_an_end_is_refused():
    endless: dict[str, Any] = {}
    endless["a"] = endless
    deep: list[Any] = []
    for _ in range(600):
        deep = [deep]
    for given in (endless, {"a": deep}):
        with pytest.raises(InvalidCDEvent):
            cdevents.build.queued(**BARE, custom_data=given)


def test_custom_data_is_not_the_callers_any_more():
    given = {"a": [{"b": (1, 2.5)}]}
    made = cdevents.build.queued(**BARE, custom_data=given)
    given["a"].clear()
    assert made.custom_data == {"a": [{"b": [1, 2.5]}]}


def test_custom_data_may_be_text():
    made = cdevents.build.queued(
        **BARE, custom_data="aGVsbG8=", custom_data_content_type="text/plain"
    )
    assert made.document["customData"] == "aGVsbG8="
    assert made.document["customDataContentType"] == "text/plain"
    assert "customData" not in cdevents.build.queued(**BARE, custom_data={}).document
    assert cdevents.build.queued(**BARE, custom_data={"a": 1, "b": None}).custom_data == {"a": 1}


def test_a_trigger_may_have_members_of_its_own():
    made = cdevents.testcaserun.started(
        **BARE, environment=Ref("e", "/clusters"), trigger={"type": "event", "by": "cron"}
    )
    assert made.content == {
        "environment": {"id": "e", "source": "/clusters"},
        "trigger": {"type": "event", "by": "cron"},
    }


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"artifact_id": ""}, "/subject/content/artifactId"),
        ({"artifact_id": 7}, "/subject/content/artifactId"),
        ({"artifact_id": None}, "/subject/content/artifactId"),
        ({"environment": ""}, "/subject/content/environment/id"),
        ({"environment": 7}, "/subject/content/environment"),
        ({"environment": Ref("e", "a b")}, "/subject/content/environment/source"),
        ({"id": ""}, "/context/id"),
        ({"source": "a b"}, "/context/source"),
        ({"subject_id": ""}, "/subject/id"),
        ({"subject_source": "a b"}, "/subject/source"),
        ({"schema_uri": "/relative"}, "/context/schemaUri"),
        ({"links": [{"linkType": "START"}]}, "/context/links/0/linkType"),
        ({"custom_data": 7}, "/customData"),
        ({"custom_data": {"a": [math.nan]}}, "/customData"),
        ({"custom_data": {"a": {1, 2}}}, "/customData"),
        ({"custom_data": {"a": b"bytes"}}, "/customData"),
        ({"custom_data": {"a": datetime(2026, 3, 1, tzinfo=UTC)}}, "/customData"),
        ({"timestamp": datetime(2026, 3, 1)}, "/context/timestamp"),
        (
            {"timestamp": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))},
            "/context/timestamp",
        ),
        ({"chain_id": "c", "release": "0.3.0"}, "/context/chainId"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(wrong: dict[str, Any], where: str):
    with pytest.raises(InvalidCDEvent) as caught:
        cdevents.service.deployed(**{**DEPLOYED, **wrong})
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: cdevents.environment.created(**BARE, uri="/x"), "/subject/content/uri"),
        (
            lambda: cdevents.pipelinerun.finished(**BARE, outcome="pass"),  # type: ignore[arg-type]
            "/subject/content/outcome",
        ),
        (
            lambda: cdevents.ticket.created(
                **BARE, uri="/t/1", summary="", creator="c", labels="abc"
            ),
            "/subject/content/labels",
        ),
        (lambda: cdevents.artifact.deleted(**BARE, release="0.3.0"), "/context/type"),
    ],
)
def test_wrong_values_of_other_kinds(make: Callable[[], CDEvent], where: str):
    with pytest.raises(InvalidCDEvent) as caught:
        make()
    assert caught.value.where == where


def test_a_wrong_or_missing_argument_is_a_type_error():
    with pytest.raises(TypeError, match="artifact_id"):
        cdevents.service.deployed(**BARE, environment="e")
    with pytest.raises(TypeError, match="artefact_id"):
        cdevents.service.deployed(**DEPLOYED, artefact_id="x")
    with pytest.raises(TypeError, match="positional"):
        cdevents.build.queued("1", "/s", _MOMENT, "x")  # type: ignore[misc]
    with pytest.raises(TypeError, match="timestamp must be a datetime, not str"):
        cdevents.build.queued(**{**BARE, "timestamp": "2026-03-01T12:30:00Z"})
    with pytest.raises(UnknownName, match="release"):
        cdevents.build.queued(**BARE, release="0.4.0")  # type: ignore[arg-type]


CHECKED = """\
from datetime import UTC, datetime
from typing import TypedDict
from streamgauge import cdevents

now = datetime.now(UTC)
cdevents.service.deployed(
    id="1", source="/s", timestamp=now, subject_id="x", environment=cdevents.Ref("e"),
    artifact_id="a", chain_id="c", links=[cdevents.path("0")], release="0.4.1", custom_data={"a": 1}
)
cdevents.build.queued(id="1", source="/s", timestamp=now)
cdevents.build.queued(id="1", source="/s", timestamp=now, subject_id="x", chainId="c")
cdevents.build.queued(id="1", source="/s", timestamp=now, subject_id="x", release="0.4.0")
cdevents.build.queued(id="1", source="/s", timestamp="today", subject_id="x")
cdevents.taskrun.started(id="1", source="/s", timestamp=now, subject_id="x", pipeline_run=7)
cdevents.pipelinerun.finished(
    id="1", source="/s", timestamp=now, subject_id="x", outcome="pass"
)
"""


def test_mypy_finds_wrong_arguments(tmp_path: Path):
    path = tmp_path / "checked.py"
    path.write_text(CHECKED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    errors = [line.split(":")[1] for line in done.stdout.splitlines() if ": error:" in line]
    assert errors == ["10", "11", "12", "13", "14", "16"], done.stdout


def test_the_module_needs_no_database():
    """What plugin authors import, in a process of its own."""
    code = (
        "import sys; from streamgauge import cdevents; cdevents.service.deployed; print(*[name for"
        " name in ('psycopg', 'eventsourcing', 'falcon', 'gunicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_shapes_are_values():
    assert Ref("e") == Ref(id="e", source=None)
    for shape in (Ref, *CLASSES.values()):
        assert is_dataclass(shape)
        assert hash(shape("x")) == hash(shape("x"))
