"""Events of older releases in the newest form, and back."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from streamgauge.cdevents import CDEvent, EventType, lookup, new, rewrite, upgrade, validate
from streamgauge.cdevents.vocabulary import RELEASED, VERSIONS
from streamgauge.errors import InvalidCDEvent, UnknownName
from tests.cdevents.documents import CUSTOM, Document, documents
from tests.cdevents.events import custom, deployed, event

thorough = settings(max_examples=300)


def of(name: str, **content: Any) -> Document:
    known = lookup(name)
    assert known is not None
    document = event(known, whole=False)
    document["context"]["version"] = known.specversion
    document["subject"]["type"] = known.subject_type
    document["subject"]["content"] |= content
    return document


def upgraded(document: Document) -> Any:
    return upgrade(CDEvent(document)).document


def test_an_old_deployment_in_the_newest_form():
    for version, release in (("0.1.0", "0.1.2"), ("0.1.1", "0.2.0"), ("0.2.0", "0.4.1")):
        old = deployed()
        old["context"] |= {"type": f"dev.cdevents.service.deployed.{version}", "version": release}
        del old["context"]["specversion"]
        old["subject"]["type"] = "service"
        validate(old)
        assert upgraded(old) == deployed()


@pytest.mark.parametrize("kind", ["testcaserun.finished", "testsuiterun.finished"])
@pytest.mark.parametrize(
    ("old", "today"),
    [("pass", "success"), ("fail", "failure"), ("cancel", "cancel"), ("error", "error")],
)
def test_outcomes_of_tests_get_the_words_of_today(kind: str, old: str, today: str):
    for version in ("0.1.0", "0.2.0"):
        document = of(f"dev.cdevents.{kind}.{version}", outcome=old)
        validate(document)
        made = upgraded(document)
        validate(made)
        assert made["subject"]["content"]["outcome"] == today


@pytest.mark.parametrize("outcome", ["pass", "fail", "success", "Succeeded", ""])
def test_outcomes_of_pipelines_were_free_and_stay(outcome: str):
    document = of("dev.cdevents.pipelinerun.finished.0.2.0", outcome=outcome)
    assert upgraded(document)["subject"]["content"]["outcome"] == outcome


@pytest.mark.parametrize("url", ["https://ci.example/7", "no URI", ""])
def test_a_url_becomes_a_uri_whatever_it_holds(url: str):
    document = of("dev.cdevents.pipelinerun.started.0.1.1", pipelineName="p", url=url)
    assert upgraded(document)["subject"]["content"] == {"pipelineName": "p", "uri": url}


def test_the_url_of_a_test_suite_becomes_a_uri_too():
    suite = {"id": "s", "url": "https://ci.example/7"}
    document = of("dev.cdevents.testsuiterun.queued.0.1.0", testSuite=suite)
    made = upgraded(document)
    assert made["subject"]["content"]["testSuite"] == {"id": "s", "uri": "https://ci.example/7"}
    validate(made)


def test_another_subject_type_stays_where_it_was():
    document = of("dev.cdevents.pipelinerun.started.0.1.0")
    document["subject"]["type"] = "pipelinerun"
    assert upgraded(document)["subject"]["type"] == "pipelinerun"
    document["subject"]["type"] = "pipelineRun"
    assert "type" not in upgraded(document)["subject"]


def test_withdrawn_kinds_come_out_as_the_last_release_that_had_them():
    made = upgraded(of("dev.cdevents.testcase.finished.0.1.0"))
    assert made["context"]["type"] == "dev.cdevents.testcase.finished.0.1.1"
    assert made["context"]["version"] == "0.2.0"
    validate(made)


def test_custom_events():
    assert upgraded(custom("0.4.1")) == custom("0.5.1")
    other = custom("0.4.1")
    other["subject"]["type"] = "tool-other"
    assert upgraded(other)["subject"]["type"] == "tool-other"
    assert rewrite(CDEvent(custom("0.5.1")), "0.4.1").document == {
        **custom("0.4.1"),
        "context": {**custom("0.4.1")["context"], "version": "0.4.1"},
    }


NEWEST = [versions[-1] for versions in VERSIONS.values()]


@pytest.mark.parametrize("event_type", NEWEST, ids=lambda each: each.name)
def test_the_newest_form_is_returned_as_it_is(event_type: EventType):
    given = CDEvent(event(event_type))
    assert upgrade(given) is given
    assert given.original is given


def test_what_is_not_known_is_returned_as_it_is():
    for name in ("dev.cdevents.service.deployed.9.0.0", "com.example"):
        unknown = CDEvent({**deployed(), "context": {"type": name, "version": "9"}})
        assert upgrade(unknown) is unknown
        with pytest.raises(InvalidCDEvent) as caught:
            rewrite(unknown, "0.5.1")
        assert caught.value.where == "/context/type"
    present = CDEvent(custom())
    assert upgrade(present) is present


def test_an_object_that_has_both_names_keeps_both():
    document = of("dev.cdevents.environment.created.0.1.1", url="u", uri="v")
    assert upgraded(document)["subject"]["content"] == {"url": "u", "uri": "v"}


@thorough
@given(documents())
def test_upgrading_is_pure_idempotent_and_keeps_the_original(drawn: tuple[EventType, Document]):
    form, document = drawn
    validate(document)
    before = copy.deepcopy(document)
    given = CDEvent(document)
    made = upgrade(given)
    assert document == before
    assert made.original is given
    assert upgrade(made) is made
    assert (made.id, made.source, made.subject_id) == (given.id, given.source, given.subject_id)
    known = lookup(made.type)
    assert known is not None
    assert known.kind == form.kind
    assert form.custom or known == VERSIONS[form.kind][-1]


@thorough
@given(documents())
def test_writing_it_in_its_own_release_gives_the_original_back(drawn: tuple[EventType, Document]):
    form, document = drawn
    given = CDEvent(document)
    assert rewrite(upgrade(given), form.specversion) == given
    assert rewrite(given, form.specversion) == given


@thorough
@given(documents(narrow=True))
def test_what_the_newest_schema_allows_passes_it(drawn: tuple[EventType, Document]):
    _, document = drawn
    validate(document)
    validate(upgraded(document))


def releases_of(kind: str) -> list[str]:
    return [release for each in VERSIONS[kind] for release in each.releases]


def start(kind: str, **more: Any) -> CDEvent:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return new(kind, id="1", source="/s", timestamp=moment, subject_id="x", **more)


def test_a_release_that_has_not_the_kind():
    with pytest.raises(InvalidCDEvent) as caught:
        rewrite(start("ticket.closed"), "0.3.0")
    assert str(caught.value) == (
        "/context/type: release 0.3.0 has no ticket.closed; it is in 0.4.1, 0.5.1"
    )
    with pytest.raises(InvalidCDEvent, match=r"it is in 0\.4\.1, 0\.5\.1"):
        rewrite(start(CUSTOM), "0.3.0")
    with pytest.raises(InvalidCDEvent, match=r"it is in 0\.1\.2, 0\.2\.0"):
        rewrite(start("testcase.finished", release="0.1.2"), "0.5.1")


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"chain_id": "c"}, "/context/chainId"),
        ({"schema_uri": "urn:x"}, "/context/schemaUri"),
        ({"links": [{"linkType": "END"}]}, "/context/links"),
        ({"content": {"sbom": {"uri": "/x"}}}, "/subject/content/sbom"),
    ],
)
def test_a_release_that_has_not_the_member(more: dict[str, Any], where: str):
    for release in ("0.1.2", "0.2.0", "0.3.0"):
        with pytest.raises(InvalidCDEvent, match=r"it is in 0\.4\.1, 0\.5\.1") as caught:
            start("artifact.packaged", release=release, **more)
        assert caught.value.where == where
    start("artifact.packaged", release="0.4.1", **more)


def test_an_unknown_release():
    with pytest.raises(UnknownName, match=r"release of CDEvents named '0\.4\.0'; known: 0\.1\.2"):
        start("service.deployed", release="0.4.0")


def test_new_writes_withdrawn_kinds_only_in_a_release_that_has_them():
    for release in ("0.1.2", "0.2.0"):
        made = start("testsuite.started", release=release)
        assert validate(made.document).of(release).specversion == release
    with pytest.raises(UnknownName):
        start("testsuite.started")
    with pytest.raises(UnknownName):
        start("testsuite.stopped", release="0.2.0")


def test_new_takes_what_the_envelope_has_and_does_not_check_it():
    made = start(
        "service.deployed",
        custom_data="text",
        custom_data_content_type="text/plain",
        schema_uri="no URI",
    )
    assert made.document["customData"] == "text"
    assert made.document["customDataContentType"] == "text/plain"
    assert made.document["context"]["schemaUri"] == "no URI"
    with pytest.raises(InvalidCDEvent):
        validate(made.document)


def test_every_released_type_is_reached_by_its_release():
    for name, known in RELEASED.items():
        for release in known.releases:
            assert release in releases_of(known.kind)
            assert start(known.kind, release=release).type == name


def test_a_version_that_names_another_release_is_replaced_and_kept_in_the_original():
    document = of("dev.cdevents.service.deployed.0.2.0")
    document["context"]["version"] = "0.4.0"
    made = upgrade(CDEvent(document))
    assert made.document["context"]["specversion"] == "0.5.1"
    assert made.original.document["context"]["version"] == "0.4.0"
    assert rewrite(made, "0.4.1").document["context"]["version"] == "0.4.1"
