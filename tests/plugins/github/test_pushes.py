"""Pushes: what each event holds of the commits, and what makes two deliveries one event."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import CDEvent
from streamgauge.cdevents import COMMITS_PUSHED
from streamgauge.sources.pushes import MOST_DIRECTORIES
from streamgauge.timestamps import parse_rfc3339

from .samples import (
    NO_COMMIT,
    ONE,
    THREE,
    TWO,
    Payload,
    commit,
    from_knative,
    push,
    received,
    transformed,
)

_NAMES = st.text("ab./ é", min_size=1, max_size=6)
_COMMITS = st.builds(
    lambda name, hour, paths: commit(
        f"{name:040x}", timestamp=f"2026-02-27T{hour:02}:30:00+02:00", modified=paths, added=[]
    ),
    st.integers(1, 2**160 - 1),
    st.integers(0, 23),
    st.lists(_NAMES, max_size=8),
)


def pushed(payload: Payload) -> list[CDEvent]:
    """What the payload gives beside the branch's own event."""
    made = transformed(received("push", payload))
    return [event for event in made if event.type == COMMITS_PUSHED]


def commits_of(*commits: Any) -> list[dict[str, Any]]:
    [event] = pushed(push("refs/heads/main", before=ONE, after=TWO, commits=list(commits)))
    found: list[dict[str, Any]] = event.content["commits"]
    return found


@given(st.lists(_COMMITS, max_size=5))
def test_commits_stay_in_order_with_their_instants_and_folders(commits: list[Payload]) -> None:
    made = commits_of(*commits)
    assert [each["id"] for each in made] == [each["id"] for each in commits]
    for each, given_ in zip(made, commits, strict=True):
        assert parse_rfc3339(each["timestamp"]) == parse_rfc3339(given_["timestamp"])
        touched = [path for path in given_["modified"] if path.strip()]
        assert set(each["directories"]) == {path.rpartition("/")[0] for path in touched}
        assert each["directories"] == sorted(set(each["directories"]))


def test_what_is_no_commit_is_left_out() -> None:
    wrong = [
        None,
        "hats",
        commit("main"),
        commit(NO_COMMIT),
        commit(TWO, timestamp=None),
        commit(TWO, timestamp="0001-01-01T00:00:00Z"),
    ]
    assert [each["id"] for each in commits_of(*wrong, commit(THREE))] == [THREE]


def test_a_merge_is_known_by_its_message() -> None:
    messages = {
        "Merge pull request #12 from acme/hats": True,
        "Merge branch 'main' into hats": True,
        "Merge": False,
        "Merged the hats": False,
        "Undo the Merge ": False,
        "": False,
    }
    made = commits_of(*[commit(TWO, message) for message in messages])
    assert [each["merge"] for each in made] == list(messages.values())


def test_an_author_is_an_account_else_a_name_and_never_an_address() -> None:
    authors: dict[str | None, Any] = {
        "kim": {"username": "kim", "name": "Kim Kay"},
        "Kim Kay": {"username": "", "name": "Kim Kay", "email": "kim@acme.example"},
    }
    made = commits_of(*[commit(TWO, author=author) for author in authors.values()])
    assert [each["author"] for each in made] == list(authors)
    unnamed = [{"name": "kim@acme.example"}, {"email": "kim@acme.example"}, {}, None, "kim"]
    for each in commits_of(*[commit(TWO, author=author) for author in unnamed]):
        assert "author" not in each


def test_of_very_many_folders_the_first_two_levels_are_told() -> None:
    paths = [f"apps/{n % 7}/deep/{n}/file" for n in range(MOST_DIRECTORIES)]
    [whole] = commits_of(commit(TWO, added=[], modified=paths))
    assert len(whole["directories"]) == MOST_DIRECTORIES
    [short] = commits_of(commit(TWO, added=["README.md"], modified=paths))
    assert short["directories"] == ["", *[f"apps/{n}" for n in range(7)]]


def test_every_delivery_of_one_push_is_one_event() -> None:
    payload = push("refs/heads/main", before=ONE, after=TWO)
    [knative] = transformed(from_knative("push", payload))
    again = transformed(received("push", payload, delivery="another"))
    assert {event.id for event in (*pushed(payload), *again, knative)} == {knative.id}
    assert again[0].document == pushed(payload)[0].document


def test_a_branch_that_comes_back_to_where_it_was_is_pushed_anew() -> None:
    there, back = (
        push("refs/heads/main", before=before, after=after, forced=True)
        for before, after in ((ONE, TWO), (TWO, ONE))
    )
    once_more = {**there, "repository": {**there["repository"], "pushed_at": 1772359260}}
    other = {**there, "ref": "refs/heads/1.x"}
    ids = [event.id for payload in (there, back, once_more, other) for event in pushed(payload)]
    assert len(set(ids)) == len(ids) == 4


def test_a_branch_that_goes_away_and_a_tag_push_nothing() -> None:
    gone = push("refs/heads/hats", before=ONE, after=NO_COMMIT, deleted=True)
    for payload in (gone, {**gone, "deleted": None}, {**gone, "after": TWO}):
        assert pushed(payload) == []
    assert pushed(push("refs/tags/v1", before=NO_COMMIT, after=TWO, created=True)) == []
    assert pushed(push("refs/heads/", before=ONE, after=TWO)) == []


def test_only_a_forced_push_says_so() -> None:
    forced, plain = (
        pushed(push("refs/heads/main", before=ONE, after=TWO, forced=value))[0].content
        for value in (True, False)
    )
    assert forced["forced"] is True
    assert "forced" not in plain
