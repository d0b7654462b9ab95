"""Real payloads, which are not part of this project: each gives what the table says."""

from __future__ import annotations

import pytest

from tests.plugins.walk import files_of, kinds_of, row_of, unused
from tests.shared import needs_shared

PUSHED = "dev.cdeventsx.streamgauge-commits.pushed"
TICKET, UPDATED = ("ticket.updated",), ("change.updated",)
EXPECTED: dict[str, tuple[str, ...]] = {
    "gitea/go-playground/create-event": (),
    "gitea/go-playground/delete-event": ("branch.deleted",),
    "gitea/go-playground/fork-event": (),
    "gitea/go-playground/issue-assign-event": TICKET,
    "gitea/go-playground/issue-comment-event": (),
    "gitea/go-playground/issue-label-event": TICKET,
    "gitea/go-playground/issue-milestone-event": TICKET,
    "gitea/go-playground/issues-event": ("ticket.created",),
    "gitea/go-playground/pull-request-assign-event": UPDATED,
    "gitea/go-playground/pull-request-comment-event": (),
    "gitea/go-playground/pull-request-event": ("change.created",),
    "gitea/go-playground/pull-request-label-event": UPDATED,
    "gitea/go-playground/pull-request-milestone-event": UPDATED,
    "gitea/go-playground/pull-request-review-event": ("change.reviewed",),
    "gitea/go-playground/push-event": ("branch.created", PUSHED),
    "gitea/go-playground/release-event": ("artifact.published",),
    "gitea/go-playground/repository-event": ("repository.created",),
}
FILES = files_of("gitea")


@needs_shared
@pytest.mark.parametrize("file", FILES)
def test_each_gives_what_the_table_says(file: str) -> None:
    assert kinds_of("gitea", file) == EXPECTED[row_of(EXPECTED, file)]


@needs_shared
def test_every_row_of_the_table_is_needed() -> None:
    assert unused(EXPECTED, FILES) == set()
