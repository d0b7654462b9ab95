"""A repository is one, by whichever of its addresses it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from streamgauge.metrics import repository_name
from streamgauge.sources import artifact, repository_at


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("https://github.com/acme/shop", "https://github.com/acme/shop", "acme/shop"),
        ("https://github.com/acme/shop.git", "https://github.com/acme/shop", "acme/shop"),
        ("https://github.com/acme/shop/", "https://github.com/acme/shop", "acme/shop"),
        ("https://GitHub.com/Acme/Shop.git/", "https://github.com/Acme/Shop", "Acme/Shop"),
        ("http://git.acme.example:3000/a/b", "http://git.acme.example:3000/a/b", "a/b"),
        ("https://kim:pw@git.acme.example/a/b.git", "https://git.acme.example/a/b", "a/b"),
        ("git@github.com:acme/shop.git", "https://github.com/acme/shop", "acme/shop"),
        ("ssh://git@git.acme.example:7999/a/b.git", "https://git.acme.example/a/b", "a/b"),
        ("git://git.acme.example/a/b/c/d.git", "https://git.acme.example/a/b/c/d", "a/b/c/d"),
        ("https://git.acme.example/a%20b/c", "https://git.acme.example/a%20b/c", "a%20b/c"),
        ("shop", "shop", None),
        ("", "", None),
        ("https://github.com", "https://github.com", None),
        ("https://github.com/", "https://github.com/", None),
        ("https://github.com/..", "https://github.com/..", None),
        ("https://kim:pw@host a/b", "https://host a/b", None),
        ("ftp://git.acme.example/a/b", "ftp://git.acme.example/a/b", None),
    ],
)
def test_the_page_and_the_name(text: str, address: str, name: str | None) -> None:
    repository = repository_at(text)
    assert (repository.address, repository.name) == (address, name)
    if name is None:  # what is no address is no source
        assert repository.reference == {"id": address}
    else:
        assert repository.reference == {"id": name, "source": address}


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("git@GitHub.com:acme/shop.git", "github.com"),
        ("http://git.acme.example:3000/a/b", "git.acme.example:3000"),
        ("ssh://git@git.acme.example:7999/a/b", "git.acme.example"),
        ("shop", None),
    ],
)
def test_the_host_is_that_of_its_pages(text: str, host: str | None) -> None:
    assert repository_at(text).host == host


def test_all_addresses_of_one_repository_name_one_for_the_metrics() -> None:
    addresses = [
        "https://git.acme.example/hats/shop",
        "https://git.acme.example/hats/shop.git",
        "git@git.acme.example:hats/shop.git",
        "ssh://git@git.acme.example:7999/hats/shop.git",
        "https://kim:pw@git.acme.example/hats/shop.git",
    ]
    assert {repository_at(each).address for each in addresses} == {addresses[0]}
    assert len({repository_name(repository_at(each).address) for each in addresses}) == 1


@pytest.mark.parametrize(
    ("text", "version", "url"),
    [
        ("https://github.com/Acme/Shop", "v 1", "pkg:github/acme/shop@v%201"),
        ("git@bitbucket.org:Acme/Shop.git", "abc", "pkg:bitbucket/acme/shop@abc"),
        ("https://git.acme.example/a/b", "feature/x", "pkg:generic/a/b@feature%2Fx"),
        ("shop", "1", "pkg:generic/shop@1"),
        ("", "1", "pkg:generic/unknown@1"),
    ],
)
def test_the_package_url_of_source(text: str, version: str, url: str) -> None:
    assert repository_at(text).artifact(version) == url


@given(st.text(max_size=40), st.text(min_size=1, max_size=20).filter(str.strip))
def test_any_text_is_a_repository_of_a_package_url(text: str, version: str) -> None:
    repository = repository_at(text)
    assert (repository.name is None) == (repository.host is None)
    assert PackageURL.from_string(repository.artifact(version)).version is not None
    assert PackageURL.from_string(artifact(text, version)).type == "generic"


@given(
    st.sampled_from(["https://", "http://", "ssh://", "git://"]),
    st.text("abkm0:.-", min_size=1, max_size=12),
    st.from_regex(r"[a-z0-9]{1,5}(\.[a-z]{2,3})?/[a-z0-9._-]{1,6}/[a-z0-9]{1,6}", fullmatch=True),
)
def test_a_login_is_nowhere(scheme: str, login: str, place: str) -> None:
    found = repository_at(f"{scheme}{login}@{place}")
    assert "@" not in found.address
    assert found == repository_at(f"{scheme}{place}")
