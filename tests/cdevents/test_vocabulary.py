from __future__ import annotations

from collections import Counter

import pytest

from streamgauge.cdevents import EventType, kind_of, lookup, new, newest
from streamgauge.cdevents.table import members
from streamgauge.cdevents.vocabulary import RELEASED
from streamgauge.errors import UnknownName

CUSTOM = "dev.cdeventsx.tool7-deployment.failed.0.1.0"

MALFORMED_CUSTOM = [
    "dev.cdeventsx.tool-deployment.failed",
    "dev.cdeventsx.tool-deployment.failed.0.1",
    "dev.cdeventsx.tool-deployment.failed.0.10.0",
    "dev.cdeventsx.tool-deployment.failed.0.1.0.0",
    "dev.cdeventsx.tool-deployment.failed.0.1.0\n",
    "dev.cdeventsx.tool-deployment.failed.0.1.\N{ARABIC-INDIC DIGIT TWO}",
    "dev.cdeventsx.my-tool-deployment.failed.0.1.0",
    "dev.cdeventsx.tool-deployment2.failed.0.1.0",
    "dev.cdeventsx.deployment.failed.0.1.0",
    "dev.cdeventsx.töol-deployment.failed.0.1.0",
    "xdev.cdeventsx.tool-deployment.failed.0.1.0",
]


def versions(kind: str) -> dict[str, tuple[str, ...]]:
    return {known.version: known.releases for known in RELEASED.values() if known.kind == kind}


def test_there_are_167_released_types_of_50_kinds():
    assert len(RELEASED) == 167
    assert len({known.kind for known in RELEASED.values()}) == 50


def test_each_release_has_as_many_types_as_it_has_schemas():
    counts = Counter(release for known in RELEASED.values() for release in known.releases)
    assert counts == {"0.1.2": 33, "0.2.0": 36, "0.3.0": 39, "0.4.1": 45, "0.5.1": 45}


def test_a_type_name_is_made_of_its_parts():
    for name, known in RELEASED.items():
        assert name == known.name == f"dev.cdevents.{known.kind}.{known.version}"
        assert known.kind == f"{known.subject}.{known.predicate}"
        assert not known.custom


def test_the_versions_of_a_kind_and_the_releases_that_have_them():
    assert versions("service.deployed") == {
        "0.1.0": ("0.1.2",),
        "0.1.1": ("0.2.0", "0.3.0"),
        "0.2.0": ("0.4.1",),
        "0.3.0": ("0.5.1",),
    }
    assert list(versions("change.created")) == ["0.1.1", "0.1.2", "0.3.0", "0.4.0"]
    assert versions("testcase.finished") == {"0.1.0": ("0.1.2",), "0.1.1": ("0.2.0",)}
    assert versions("testcaserun.finished")["0.1.0"] == ("0.3.0",)
    assert list(versions("ticket.closed")) == ["0.1.0", "0.2.0"]


def test_lookup_of_a_released_type():
    known = lookup("dev.cdevents.service.deployed.0.1.1")
    assert known is not None
    assert (known.subject, known.predicate, known.version) == ("service", "deployed", "0.1.1")
    assert known.specversion == "0.3.0"


def test_lookup_of_a_custom_type():
    known = lookup(CUSTOM)
    assert known is not None
    assert known.custom
    assert known.name == CUSTOM
    assert (known.subject, known.predicate, known.version) == (
        "tool7-deployment",
        "failed",
        "0.1.0",
    )
    assert known.releases == ("0.4.1", "0.5.1")
    assert known.kind == "dev.cdeventsx.tool7-deployment.failed"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "service.deployed",
        "dev.cdevents.service.deployed",
        "dev.cdevents.service.deployed.0.9.0",
        "dev.cdevents.service.deployed.0.3.0 ",
        "dev.cdevents.Service.deployed.0.3.0",
        "com.github.push",
        *MALFORMED_CUSTOM,
    ],
)
def test_what_is_not_a_type_has_no_kind_either(name: str):
    assert lookup(name) is None
    assert kind_of(name) is None


def test_kind_of():
    assert kind_of("dev.cdevents.service.deployed.0.1.0") == "service.deployed"
    assert kind_of("dev.cdevents.service.deployed.0.3.0") == "service.deployed"
    assert kind_of(CUSTOM) == "dev.cdeventsx.tool7-deployment.failed"
    for name, known in RELEASED.items():
        assert kind_of(name) == known.kind


def test_newest():
    assert newest("service.deployed").name == "dev.cdevents.service.deployed.0.3.0"
    assert newest("change.created").version == "0.4.0"
    assert newest("artifact.deleted").version == "0.2.0"
    assert newest("service.deployed").specversion == "0.5.1"
    assert newest(CUSTOM).name == CUSTOM
    assert newest(CUSTOM).specversion == "0.5.1"


@pytest.mark.parametrize(
    "kind",
    [
        "service.exploded",
        "service",
        "",
        "dev.cdevents.service.deployed.0.3.0",
        # Withdrawn: no release that still has them can be built for.
        "testcase.finished",
        "testsuite.started",
        *MALFORMED_CUSTOM,
    ],
)
def test_newest_names_what_there_is(kind: str):
    with pytest.raises(UnknownName) as caught:
        newest(kind)
    assert caught.value.kind == "CDEvents type"
    assert caught.value.name == kind
    assert len(caught.value.known) == 45
    assert "service.deployed" in caught.value.known
    with pytest.raises(UnknownName):
        new(kind, id="1", source="/", timestamp=None, subject_id="2")  # type: ignore[arg-type]


def test_event_types_are_values():
    known = newest("service.deployed")
    assert known == lookup(known.name)
    assert len({known, lookup(known.name)}) == 1
    assert known != newest("service.upgraded")
    assert isinstance(known, EventType)
    with pytest.raises(AttributeError):
        known.version = "1.0.0"  # type: ignore[misc]


def test_content_is_in_readable_notation():
    assert newest("service.deployed").content == "environment* ref, artifactId* text"


def test_members():
    listed, others_allowed = members("id* text, tags [string], type string (a|b)")
    assert not others_allowed
    assert list(listed) == ["id", "tags", "type"]
    assert listed["id"].required
    assert not listed["tags"].required
    assert listed["type"].shape == "string (a|b)"
    assert members("-") == ({}, False)
    assert members("...") == ({}, True)
