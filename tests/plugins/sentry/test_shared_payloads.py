"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from streamgauge.sources.captured import read_delivery
from tests.plugins.walk import PAYLOADS, files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

from .samples import told

FILES = files_of("sentry")
EXPECTED: dict[str, tuple[str, ...]] = {
    # No alert was triggered, and by itself an issue is no incident.
    "sentry/issue.": (),
}


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_a_payload_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("sentry", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_every_row_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()


@needs_shared
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("created", ["detected"]),
        ("created.doc", ["detected"]),
        ("resolved", ["detected", "resolved"]),
        ("unresolved", ["detected"]),  # at the moment it was first seen
        ("ignored", ["detected", "resolved"]),
        ("assigned", []),
    ],
)
def test_where_its_level_counts_it_is_one(name: str, kinds: list[str]) -> None:
    request = read_delivery(PAYLOADS / f"sentry/issue.{name}.json")
    assert [kind for kind, _ in told(request, incident_levels="error")] == kinds
