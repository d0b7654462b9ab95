"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

EXPECTED: dict[str, tuple[str, ...]] = {"docker-hub/": ("artifact.published",)}
FILES = files_of("docker-hub")

pytestmark = needs_shared


@pytest.mark.parametrize("file", FILES)
def test_each_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("docker-hub", file) == EXPECTED[row_of(EXPECTED, file)]


def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
