"""The commits that reached a branch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import COMMITS_PUSHED, validate
from streamgauge.sources import Told, commit, commits_pushed, directories
from streamgauge.sources.pushes import MOST_DIRECTORIES

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO = "1" * 40, "2" * 40
REPOSITORY = {"id": "acme/shop", "source": "https://git.acme.example/acme/shop"}


def pushed(**more: Any) -> CDEvent:
    given_values: dict[str, Any] = {
        "branch": "main",
        "subject": "https://git.acme.example/acme/shop/branches/main",
        "repository": REPOSITORY,
        "before": ONE,
        "after": TWO,
        "commits": [commit(TWO, AT, author="kim", message="Sell hats", files=["hats/a.py"])],
        "at": AT,
        **more,
    }
    return commits_pushed(Told("https://git.acme.example", AT), **given_values)


def test_a_push_says_what_the_metrics_read() -> None:
    event = pushed(pusher="kim")
    assert validate(event.document).kind is not None
    assert event.type == COMMITS_PUSHED
    assert event.content["commits"] == [
        {"id": TWO, "timestamp": "2026-03-01T12:00:00Z", "author": "kim", "merge": False,
         "directories": ["hats"]}
    ]  # fmt: skip
    assert (event.content["before"], event.content["after"]) == (ONE, TWO)
    assert "forced" not in event.content
    assert event.custom_data == {
        "repository": REPOSITORY["source"], "commit": TWO, "branch": "main", "pusher": "kim",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other", [{"before": None}, {"after": ONE}, {"at": AT + timedelta(seconds=1)},
              {"subject": "https://git.acme.example/acme/shop/branches/next"}]
)  # fmt: skip
def test_branch_commits_and_time_make_a_push_what_it_is(other: dict[str, Any]) -> None:
    assert pushed().id == pushed(commits=[], pusher="lee").id
    assert pushed(**other).id != pushed().id


def test_a_time_that_is_only_near_is_marked() -> None:
    assert pushed(inferred=True).custom_data["timestampInferred"] is True
    assert pushed(at=None).custom_data["timestampInferred"] is True
    assert pushed(at=None).timestamp == AT


def test_a_force_push_says_so() -> None:
    assert pushed(forced=True).content["forced"] is True
    assert "forced" not in pushed(forced=False).content


@pytest.mark.parametrize(
    ("author", "said"),
    [("kim", "kim"), ("Kim Kay", "Kim Kay"), ("kim@acme.example", None), (None, None)],
)
def test_an_author_is_no_e_mail_address(author: str | None, said: str | None) -> None:
    made = commit(ONE, AT, author=author, message=None)
    assert made.get("author") == said
    assert ("author" in made) == (said is not None)


@pytest.mark.parametrize(
    ("message", "merge"),
    [("Merge branch 'a'", True), ("Merged", False), ("", False), (None, False)],
)
def test_a_merge_is_told_by_its_message(message: str | None, merge: bool) -> None:
    assert commit(ONE, AT, author=None, message=message)["merge"] is merge


PATHS = st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=5).map("/".join)


@given(st.lists(PATHS, max_size=30))
def test_the_folders_are_those_of_the_files_once_and_sorted(files: list[str]) -> None:
    found = directories(files)
    assert found == sorted({file.rpartition("/")[0] for file in files})
    assert directories([*files, *files[::-1]]) == found


def test_of_very_many_folders_the_first_two_levels_are_told() -> None:
    few = [f"a/b/{number}/file" for number in range(MOST_DIRECTORIES)]
    assert len(directories(few)) == MOST_DIRECTORIES
    assert directories([*few, "a/b/more/file", "c/file", "file"]) == ["", "a/b", "c"]
