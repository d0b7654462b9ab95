"""The commits of a push, from tools that say more of them, and less."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streamgauge.sources import commit

SHA = "a" * 40
WRITTEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "parents", "merge"),
    [
        ("Merge branch 'hats'", None, True),
        ("Merged in hats (pull request #7)", None, False),
        ("Merged in hats (pull request #7)", 2, True),
        ("Merge two hats into one", 1, False),
        (None, None, False),
    ],
)
def test_parents_say_better_than_the_message_what_is_a_merge(
    message: str | None, parents: int | None, merge: bool
) -> None:
    made = commit(SHA, WRITTEN, author="robin", message=message, parents=parents)
    assert made["merge"] is merge


def test_unknown_files_are_other_than_none() -> None:
    def made(files: list[str] | None) -> dict[str, object]:
        return commit(SHA, WRITTEN, author="robin@acme.example", message="Sell", files=files)

    assert made(["a/b/c", "d"])["directories"] == ["", "a/b"]
    assert made([])["directories"] == []
    assert made(None) == {"id": SHA, "timestamp": "2026-03-01T12:30:00Z", "merge": False}
