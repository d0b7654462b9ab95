"""A repository is called the same whichever event speaks of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.sources.fields import url
from streamgauge.uris import is_uri_reference
from streamgauge_bitbucket.repository import repository_in, repository_of

BASE = "https://git.acme.example/git"
PAGE = f"{BASE}/projects/HAT/repos/felt"
PULL = f"{PAGE}/pull-requests/1"
LOGIN = "https://robin@git.acme.example/git/scm/hat/felt.git"


def links(*self: str, clone: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"self": [{"href": each} for each in self]}
    return {**found, "clone": [{"name": "http", "href": clone}]} if clone else found


def bare(**more: Any) -> dict[str, Any]:
    return {"slug": "felt", "project": {"key": "HAT"}, **more}


@pytest.mark.parametrize(
    "data",
    [
        {"repository": bare(links=links(f"{PAGE}/browse"))},
        {"repository": bare(links=links(clone=f"{BASE}/scm/hat/felt.git"))},
        {"repository": bare(links=links(clone=LOGIN))},
        {"repository": bare(project={"key": "HAT", "links": links(f"{BASE}/projects/HAT")})},
        {"pullRequest": {"toRef": {"repository": bare()}, "links": links(PULL)}},
        {"new": bare(links=links(f"{PAGE}/browse")), "old": bare(slug="fur")},
    ],
)  # fmt: skip
def test_every_link_leads_to_the_same_names(data: dict[str, Any]) -> None:
    found = repository_of(data)
    assert found is not None
    assert (found.name, found.page) == ("HAT/felt", PAGE)
    assert found.address == f"{BASE}/scm/hat/felt"
    assert found.artifact("a" * 40) == f"pkg:generic/HAT/felt@{'a' * 40}"


def test_somebodys_own_repository_is_under_the_user() -> None:
    link = f"{BASE}/users/robin/repos/felt/browse"
    found = repository_in({"slug": "felt", "project": {"key": "~ROBIN"}, "links": links(link)})
    assert found is not None
    assert found.page == f"{BASE}/users/robin/repos/felt"
    assert found.address == f"{BASE}/scm/~robin/felt"


def test_bitbucket_org_needs_only_the_name() -> None:
    found = repository_in({"full_name": "Acme/Felt", "links": {"html": {"href": "https://x.y"}}})
    assert found is not None
    assert found.page == found.address == "https://bitbucket.org/Acme/Felt"
    assert found.artifact("a" * 40) == f"pkg:bitbucket/acme/felt@{'a' * 40}"


@pytest.mark.parametrize("full_name", ["", "felt", "a/b/c", "../felt", "acme/..", "a b/c", 7, None])
def test_what_is_no_name_is_no_repository(full_name: Any) -> None:
    assert repository_of({"repository": {"full_name": full_name}}) is None


@given(st.text(), st.text(), st.text())
def test_whatever_a_payload_says_the_names_are_addresses(key: str, slug: str, link: str) -> None:
    found = repository_in({"slug": slug, "project": {"key": key}, "links": links(link)})
    if found is not None:
        assert is_uri_reference(found.page)
        assert url(found.address) or found.address.startswith("/")
