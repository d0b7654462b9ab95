"""What the prose demands and no schema holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packageurl import PackageURL

from streamgauge.cdevents import examine, lookup, validate
from streamgauge.cdevents.prose import is_purl
from streamgauge.cdevents.vocabulary import RELEASED
from tests.cdevents.events import custom, deployed, event

Json = dict[str, Any]


def found(document: Json) -> list[tuple[str, str]]:
    return [(each.rule, each.where) for each in examine(document, validate(document))]


def changed(**parts: Json) -> Json:
    document = deployed()
    for name, members in parts.items():
        document[name] = {**document[name], **members}
    return document


def test_nothing_to_find() -> None:
    assert found(deployed()) == []


@pytest.mark.parametrize("declared", ["0.5.0", "0.5.1", "0.5.9", "0.5.1-draft"])
def test_the_patches_of_a_line_are_one(declared: str) -> None:
    assert found(changed(context={"specversion": declared})) == []


@pytest.mark.parametrize("declared", ["0.4.1", "0.6.0", "1.0", "99", "x", "0.5", "0.5.1 "])
def test_a_release_that_has_not_this_type(declared: str) -> None:
    document = changed(context={"specversion": declared})
    assert found(document) == [("specversion", "/context/specversion")]


def test_a_type_of_two_releases() -> None:
    old = lookup("dev.cdevents.service.deployed.0.1.1")
    assert old is not None
    document = event(old, whole=False)
    document["subject"]["content"]["artifactId"] = "pkg:oci/shop"
    for declared, rules in (("0.2.0", []), ("0.3.0", []), ("0.4.1", ["specversion"])):
        document["context"]["version"] = declared
        assert [rule for rule, _ in found(document)] == rules


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("4c8cb7dd-3448-41de-8768-eec704e2829b", []),
        ("4C8CB7DD-3448-41DE-8768-EEC704E2829B", []),
        ("chain", [("chainid", "/context/chainId")]),
        ("\ud800", [("chainid", "/context/chainId")]),
        ("4c8cb7dd344841de8768eec704e2829b", [("chainid", "/context/chainId")]),
        ("6e8bc430-9c3a-11d9-9669-0800200c9a66", [("chainid", "/context/chainId")]),
        ("00000000-0000-0000-0000-000000000000", [("chainid", "/context/chainId")]),
    ],
)
def test_chain_id(chain: str, expected: list[tuple[str, str]]) -> None:
    assert found(changed(context={"chainId": chain})) == expected


@pytest.mark.parametrize(
    ("data", "kind", "deviates"),
    [
        ("AP8=", "application/octet-stream", False),
        ("", "text/plain", False),
        ("<a/>", "text/xml", True),
        ("AP8", "text/xml", True),
        ("AAAA====", "text/xml", True),
        ({"a": 1}, "text/xml", True),
        ({"a": 1}, "application/json", False),
        ("<a/>", "application/json", False),
        ({"a": 1}, "application/x+json; v=1", False),
    ],
)
def test_custom_data(data: Any, kind: str, deviates: bool) -> None:
    document = {**deployed(), "customData": data, "customDataContentType": kind}
    assert found(document) == ([("customdata", "/customData")] if deviates else [])


@pytest.mark.parametrize(
    "text",
    [
        "pkg:oci/myapp@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa",
        "pkg:npm/%40angular/animation@12.3.1",
        "pkg:golang/google.golang.org/genproto#googleapis/api/annotations",
        "pkg:oci/shop@sha256:4a2f?repository_url=ghcr.io/shop&tag=1",
        "PKG:oci/shop@1",
        "pkg:npm/@angular/core@1.0.0",
        "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
        "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?repository_url=repo.spring.io%2Frelease",
        "pkg://github/package-url/purl-spec@244fd47e07d1004f0#everybody/loves/dogs",
        "pkg:docker/customer/dockerimage@sha256:244fd47e07d1004f0aed9c?repository_url=gcr.io",
    ],
)
def test_package_urls(text: str) -> None:
    assert is_purl(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "shop",
            "pkg:",
            "pkg:oci",
            "pkg:oci/",
            "PKG/oci",
            "oci/a@1",
            "pkg:.../..",
            "pkg:-/%zz",
        ),
        *("pkg:oci/@1", "pkg:oci/@sha256:4a2f", "pkg:oci/%20", "pkg:oci/%2F", "pkg:oci/shop?x"),
        *("pkg:oci/shop?a=b&", "pkg:oci/shop?1=x", "pkg:oci/shop?~=b", "pkg:oci/shop?%20a=1"),
        *("pkg:a+/x", "pkg:oci/sh\nop", "pkg:oci/sh\top@1", "pkg:oci/a b", "pkg:oci/shop\n"),
        *("pkg:oci/shop ", "pkg:oci/\x00x", "pkg:oci/caf\xe9", "pkg:oci/\ud800"),
        *("pkg:oci/x@", "pkg:1oci/x", "pkg:+/x", "pkg:oci/%4", "pkg:/x", " pkg:oci/x"),
    ],
)
def test_no_package_urls(text: str) -> None:
    assert not is_purl(text)


@settings(max_examples=1000)
@given(st.lists(st.sampled_from([*"aZ1/@?=&#%:.-+~é \n", "%2F", "%20", "oci/", "a=b"])))
def test_what_looks_like_a_package_url_is_one_for_the_library_too(parts: list[str]) -> None:
    text = "pkg:oci/" + "".join(parts)
    if is_purl(text):
        assert PackageURL.from_string(text).name.strip()


def test_artifact_id() -> None:
    document = changed()
    document["subject"]["content"]["artifactId"] = "shop:1.2"
    assert found(document) == [("purl", "/subject/content/artifactId")]


def test_the_subject_of_an_artifact() -> None:
    packaged = lookup("dev.cdevents.artifact.packaged.0.3.0")
    assert packaged is not None
    document = event(packaged, whole=False)
    document["context"]["specversion"] = "0.5.1"
    assert found(document) == [("purl", "/subject/id")]
    document["subject"]["id"] = "pkg:oci/shop@1"
    assert found(document) == []


def test_links() -> None:
    document = changed(
        context={
            "links": [
                {"linkType": "PATH", "from": {"contextId": "1"}, "tags": {"a": "1"}},
                {"linkType": "PATH", "from": {"contextId": "1"}, "tags": {"a": 1}},
                {"linkType": "RELATION", "linkKind": "k", "target": {}},
                {"linkType": "END"},
                {"linkType": "END", "tags": {"b": None}},
            ]
        }
    )
    assert found(document) == [
        ("links", "/context/links/1/tags/a"),
        ("links", "/context/links/2/target"),
        ("links", "/context/links/4/tags/b"),
    ]


def test_custom_events_are_of_any_release() -> None:
    document = custom()
    document["context"]["specversion"] = "9.9.9"
    document["subject"]["content"] = {"artifactId": 17}
    assert found(document) == []


def test_every_released_type_can_be_examined() -> None:
    for event_type in RELEASED.values():
        for whole in (True, False):
            document = event(event_type, whole=whole)
            examine(document, validate(document))
