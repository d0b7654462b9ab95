"""What Flux calls a revision, in all its forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_flux.revisions import Revision, parse_revision

SHA, DIGEST = "0f" * 20, "9a" * 32


@pytest.mark.parametrize(
    ("text", "name", "commit", "digest"),
    [
        (f"main@sha1:{SHA}", "main", SHA, None),
        (f"feat/lamps@sha1:{SHA}", "feat/lamps", SHA, None),
        (f"refs/heads/main@sha1:{SHA}", "refs/heads/main", SHA, None),
        (f"main/{SHA}", "main", SHA, None),
        (f"feat/lamps/{SHA}", "feat/lamps", SHA, None),
        (f"sha1:{SHA}", None, SHA, None),
        (SHA, None, SHA, None),
        (f"v1.4.0@sha256:{DIGEST}", "v1.4.0", None, f"sha256:{DIGEST}"),
        (f"latest/{DIGEST}", "latest", None, f"sha256:{DIGEST}"),
        (f"sha256:{DIGEST}", None, None, f"sha256:{DIGEST}"),
        ("6.9.1", "6.9.1", None, None),
        ("6.9.1+9b8c7d6e5f4a", "6.9.1+9b8c7d6e5f4a", None, None),
        ("main@sha1:cut", "main@sha1:cut", None, None),
        (f"main@sha1:{SHA.upper()}", f"main@sha1:{SHA.upper()}", None, None),
    ],
)
def test_each_form_is_read(
    text: str, name: str | None, commit: str | None, digest: str | None
) -> None:
    assert parse_revision(text) == Revision(text, name, commit, digest)


@given(st.text(max_size=60))
def test_any_text_is_a_revision_with_something_to_tell_it_by(text: str) -> None:
    found = parse_revision(text)
    assert found.identity == found.text.strip()
    assert found.short == found.text.strip()


@given(st.text("abcm/-.", min_size=1, max_size=12), st.sampled_from(["@sha1:", "/"]))
def test_one_commit_is_one_thing_whatever_led_to_it(name: str, form: str) -> None:
    found = parse_revision(f"{name}{form}{SHA}")
    assert found.identity == SHA
    assert SHA not in found.short
