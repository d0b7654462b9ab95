"""What an image reference says, and how artifacts and deployments meet by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from streamgauge.sources.images import parse_image
from streamgauge_dora.facts.artifacts import identity

DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("reference", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io/library/nginx", "latest", None),
        ("nginx:1.27", "docker.io/library/nginx", "1.27", None),
        ("docker.io/nginx:1.27", "docker.io/library/nginx", "1.27", None),
        ("index.docker.io/team/web:1", "docker.io/team/web", "1", None),
        ("team/web:1", "docker.io/team/web", "1", None),
        ("localhost/web", "localhost/web", "latest", None),
        ("localhost:5000/web", "localhost:5000/web", "latest", None),
        ("10.0.0.1:5000/a/b/web:x", "10.0.0.1:5000/a/b/web", "x", None),
        ("GHCR.io/Team/Web:1", "ghcr.io/Team/Web", "1", None),
        (f"ghcr.io/team/web@{DIGEST}", "ghcr.io/team/web", None, DIGEST),
        (f"ghcr.io/team/web:1@{DIGEST}", "ghcr.io/team/web", "1", DIGEST),
        (f"ghcr.io/team/web@{DIGEST.upper()}", "ghcr.io/team/web", None, DIGEST),
        ("ghcr.io:443/team/web:1", "ghcr.io:443/team/web", "1", None),
        ("web:", None, None, None),
        ("web:-", None, None, None),
        ("web@sha256:", None, None, None),
        ("web@latest", None, None, None),
        ("/web", None, None, None),
        ("ghcr.io/", None, None, None),
        (":1", None, None, None),
        ("${IMAGE}:", None, None, None),
    ],
)
def test_parts(reference: str, repository: str | None, tag: str | None, digest: str | None) -> None:
    image = parse_image(reference)
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)


@pytest.mark.parametrize(
    ("reference", "identity", "package_url"),
    [
        (
            f"ghcr.io/team/web:1@{DIGEST}",
            DIGEST,
            f"pkg:oci/web@{DIGEST}?repository_url=ghcr.io/team/web&tag=1",
        ),
        (
            f"ghcr.io/team/web@{DIGEST}",
            DIGEST,
            f"pkg:oci/web@{DIGEST}?repository_url=ghcr.io/team/web",
        ),
        (
            "nginx:1.27",
            "docker.io/library/nginx:1.27",
            "pkg:oci/nginx?repository_url=docker.io/library/nginx&tag=1.27",
        ),
        (
            "nginx",
            "docker.io/library/nginx:latest",
            "pkg:oci/nginx?repository_url=docker.io/library/nginx&tag=latest",
        ),
        ("Web@!", "Web@!", "pkg:generic/Web"),
        ("@", "@", "pkg:generic/image"),
    ],
)
def test_identity_and_package_url(reference: str, identity: str, package_url: str) -> None:
    image = parse_image(reference)
    assert (image.identity, image.package_url) == (identity, package_url)


@given(st.text(min_size=1) | st.text("a0/:@.-_sha256:", min_size=1))
def test_any_text_has_an_identity_and_a_package_url(reference: str) -> None:
    image = parse_image(reference)
    assert image.identity
    assert PackageURL.from_string(image.package_url).name


@given(
    st.from_regex(
        r"([a-zA-Z0-9.]+(:5000)?/)?\S{1,20}(:[a-z0-9]+)?(@[a-zA-Z0-9+.]+:0F)?", fullmatch=True
    )
    | st.text("aÜ :%+/@.-", min_size=1)
)
def test_the_package_url_is_written_as_the_library_writes_it(reference: str) -> None:
    image = parse_image(reference)
    if image.repository is not None:
        qualifiers = {"repository_url": image.repository, "tag": image.tag or ""}
        name = image.repository.rpartition("/")[2]
        library = PackageURL("oci", None, name, image.digest, qualifiers)
        assert image.package_url == library.to_string()


@pytest.mark.parametrize(
    ("pushed", "deployed"),
    [
        (
            f"registry.acme.example/hats/shop:1.4@{DIGEST}",
            f"registry.acme.example/hats/shop@{DIGEST}",
        ),
        (
            f"registry.acme.example/hats/shop@{DIGEST}",
            f"mirror.acme.example/shop:1@{DIGEST.upper()}",
        ),
        ("docker.io/acme/shop:1.4", "acme/shop:1.4"),
        ("docker.io/library/nginx:1", "nginx:1"),
        ("registry.acme.example/Hats/Shop:1", "Registry.acme.example/Hats/Shop:1"),
    ],
)
def test_the_image_that_was_pushed_is_the_one_that_is_deployed(pushed: str, deployed: str) -> None:
    one, other = (identity(parse_image(each).package_url) for each in (pushed, deployed))
    assert one == other is not None


@pytest.mark.parametrize(
    "deployed",
    [
        "acme/shop:1.5",
        "acme/shop",
        "other/shop:1.4",
        "ghcr.io/acme/shop:1.4",
        f"acme/shop@{DIGEST}",
    ],
)
def test_another_tag_repository_or_registry_is_another_image(deployed: str) -> None:
    one, other = (identity(parse_image(each).package_url) for each in ("acme/shop:1.4", deployed))
    assert one != other
