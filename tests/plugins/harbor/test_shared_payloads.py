"""Real payloads, which are not part of this project: skipped where they are not at hand."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

PUBLISHED, DOWNLOADED, DELETED = (
    (f"artifact.{done}",) for done in ("published", "downloaded", "deleted")
)
EXPECTED: dict[str, tuple[str, ...]] = {
    "harbor/cloudevents.artifact.pulled": DOWNLOADED,
    "harbor/cloudevents.harbor.artifact.deleted": DELETED,
    "harbor/cloudevents.harbor.artifact.pulled": DOWNLOADED,
    "harbor/cloudevents.harbor.artifact.pushed": PUBLISHED,
    "harbor/cloudevents.harbor.quota": (),
    "harbor/cloudevents.harbor.replication": (),
    "harbor/cloudevents.harbor.scan": (),
    "harbor/cloudevents.harbor.tag_retention": (),
    "harbor/default.DELETE_ARTIFACT": DELETED,
    "harbor/default.PULL_ARTIFACT": DOWNLOADED,
    "harbor/default.PUSH_ARTIFACT": PUBLISHED,
    "harbor/default.QUOTA": (),
    "harbor/default.REPLICATION": (),
    "harbor/default.SCANNING": (),
    "harbor/default.TAG_RETENTION": (),
}
FILES = files_of("harbor")

pytestmark = needs_shared


@pytest.mark.parametrize("file", FILES)
def test_each_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("harbor", file) == EXPECTED[row_of(EXPECTED, file)]


@pytest.mark.parametrize("file", [file for file in FILES if "cloudevents" in file])
def test_the_cloudevents_are_the_same_where_all_cloudevents_come_in(file: str) -> None:
    assert kinds_of("cloudevents", file) == kinds_of("harbor", file)


def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
