"""Pull requests, whose notifications say what they are and not what was done to them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest

from .samples import delivery, kinds, offline, told


def voting(minute: int, *votes: int) -> WebhookRequest:
    """A notification of that minute, with these votes of as many reviewers."""

    def change(body: Any) -> None:
        body["createdDate"] = f"2026-03-02T12:{minute:02}:00Z"
        body["resource"]["reviewers"] = [
            {"id": f"r{number}", "displayName": f"R{number}", "vote": vote}
            for number, vote in enumerate(votes)
        ]

    request = delivery("pull-request-updated", change)
    return WebhookRequest(
        request.headers, request.body.replace(b'"another"', f'"{minute}-{votes}"'.encode()), {}
    )


@given(st.lists(st.tuples(*[st.sampled_from([10, 5, 0, -5, -10])] * 2), max_size=12))
def test_each_new_vote_is_a_review(history: list[tuple[int, int]]) -> None:
    run = offline()
    made = [voting(minute, *votes) for minute, votes in enumerate(history)]
    reviews = [each for each in told(run, *made) if ".change.reviewed." in each.type]
    before, expected = (0, 0), 0
    for votes in history:
        expected += sum(new != old and new != 0 for old, new in zip(before, votes, strict=True))
        before = votes
    assert len(reviews) == expected
    assert told(run, *made) == []


def test_a_merge_is_one_whichever_hooks_tell_of_it() -> None:
    made = told(offline(), delivery("pull-request-completed"), delivery("pull-request-merged"))
    assert kinds(made) == ["change.merged"]


def test_a_merge_that_is_told_of_too_early_is_said_again_with_its_commit() -> None:
    early, late = delivery("pull-request-completed-before-its-merge"), "pull-request-merged"
    first, second = told(offline(), early, delivery(late))
    assert first.subject_id == second.subject_id
    assert "commit" not in first.custom_data
    assert second.custom_data["commit"] == "c3" * 20


def test_one_that_is_abandoned_twice_is_abandoned_twice() -> None:
    def later(body: Any) -> None:
        body["resource"]["closedDate"] = "2026-03-05T09:00:00Z"

    name = "pull-request-abandoned"
    made = told(offline(), delivery(name), delivery(name), delivery(name, later))
    assert kinds(made) == ["change.abandoned", "change.abandoned"]
