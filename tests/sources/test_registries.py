"""What registries tell of images."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import kind_of, validate
from streamgauge.sources import Told, commit_of_tag, image_events, parse_image

COMMIT = "4d5e6f70" * 5
DIGEST, OTHER = ("sha256:" + each * 32 for each in ("1a", "2b"))
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = Told("https://registry.example", AT)
DONE = ("published", "downloaded", "deleted")


@pytest.mark.parametrize(
    ("tag", "commit"),
    [
        (COMMIT, COMMIT),
        (f"main-{COMMIT}", COMMIT),
        (f"{COMMIT}-amd64", COMMIT),
        (f"v1.2.{COMMIT}", COMMIT),
        (f"{COMMIT}0", None),  # of no length that git has
        ("sha-4d5e6f7", "4d5e6f7"),
        ("sha-4d5e6f", None),
        ("4d5e6f7", None),  # a number, for all one knows
        ("20260301", None),
        (COMMIT.upper(), None),
        ("latest", None),
        (None, None),
    ],
)
def test_the_commit_that_a_tag_names(tag: str | None, commit: str | None) -> None:
    assert commit_of_tag(tag) == commit


def test_a_signature_is_of_the_image_that_its_tag_names() -> None:
    tag = DIGEST.replace(":", "-")
    image = parse_image(f"registry.example/hats/shop:{tag}.sig@{OTHER}")
    [made] = image_events(TOLD, "published", image, at=AT)
    [signed] = image_events(
        TOLD, "published", parse_image(f"registry.example/hats/shop@{DIGEST}"), at=AT
    )
    assert made.subject_id == signed.subject_id
    assert (kind_of(made.type), made.content) == ("artifact.signed", {"signature": OTHER})
    assert image_events(TOLD, "deleted", image, at=AT) == []
    assert image_events(TOLD, "downloaded", image, at=AT) == []


@pytest.mark.parametrize("suffix", ["", ".att", ".sbom"])
@pytest.mark.parametrize("done", DONE)
def test_what_lies_beside_an_image_is_no_image(suffix: str, done: str) -> None:
    image = parse_image(f"registry.example/shop:{DIGEST.replace(':', '-')}{suffix}@{OTHER}")
    assert image_events(TOLD, done, image, at=AT) == []  # type: ignore[arg-type]


def test_an_address_of_an_e_mail_is_left_out() -> None:
    image = parse_image("registry.example/shop:1")
    users = ["kim", "kim@acme.example", None]
    made = [image_events(TOLD, "published", image, at=AT, user=user)[0] for user in users]
    assert [event.content for event in made] == [{"user": "kim"}, {}, {}]


@given(st.text(max_size=80), st.sampled_from(DONE), st.none() | st.just(AT))
def test_whatever_the_image_is_called(reference: str, done: str, at: datetime | None) -> None:
    for made in image_events(TOLD, done, parse_image(reference), at=at):  # type: ignore[arg-type]
        validate(made.document)
