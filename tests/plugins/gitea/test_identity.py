"""What is the same: from Gitea and Forgejo, said once and twice, on whatever host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_gitea.repository import repository_of
from streamgauge_gitea.transformer import routes

from .samples import HOST, PAGE, A, B, C, Payload, case, inside, kinds, offline, told

BOTH = {
    "push-commits": "push",
    "delete-branch": "delete",
    "pull-request-closed-and-merged": "pull_request",
    "review-approved": "pull_request_approved",
    "incident-closed": "issues",
    "release-published": "release",
    "package-image": "package",
    "repository-created": "repository",
}


@pytest.mark.parametrize("name", BOTH)
def test_forgejo_and_gitea_say_the_same(name: str) -> None:
    run, event = offline(), BOTH[name]
    assert told(run, event, case(name))
    assert told(run, event, case(name), x_forgejo_event=event) == []


def test_every_type_is_routed_for_both() -> None:
    table = routes()
    assert {name.removeprefix("com.gitea.") for name in table if name.startswith("com.")} == {
        name.removeprefix("org.forgejo.") for name in table if name.startswith("org.")
    }


def test_a_branch_that_is_made_at_the_same_commit_again_is_made_twice() -> None:
    first = case("push-new-branch")
    later = inside(first, "repository", updated_at="2026-03-04T09:00:00+01:00")
    made = told(offline(), "push", first, first, later)
    assert kinds(made).count("branch.created") == 2


def test_a_branch_that_comes_back_to_where_it_was_is_pushed_anew() -> None:
    there = case("push-of-old-commits")
    back = {**there, "before": B, "after": A, "commits": []}
    again = inside(there, "repository", updated_at="2026-03-04T09:00:00+01:00")
    assert len(told(offline(), "push", there, back, again, again)) == 3


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=6))
def test_pushes_stand_in_their_order_however_old_their_commits_are(
    pushes: list[tuple[int, int]],
) -> None:
    """Each is told with the time of the one before as the repository's, as Gitea has it."""
    told_at, before = [], 0
    for number, (waited, age) in enumerate(pushes):
        pushed = before + waited
        written = max(pushed - age, 0)
        payload = case("push-of-old-commits", after=f"{number + 1:040x}")
        payload["commits"] = [
            {**payload["commits"][0], "id": payload["after"], "timestamp": _at(written)}
        ]
        payload["head_commit"] = payload["commits"][0]
        [made] = told(offline(), "push", inside(payload, "repository", updated_at=_at(before)))
        told_at.append(made.timestamp)
        before = pushed
    assert told_at == sorted(told_at)


def _at(minute: int) -> str:
    return f"2026-03-{1 + minute // 1440:02}T{minute % 1440 // 60:02}:{minute % 60:02}:00Z"


def test_commits_are_told_the_oldest_first() -> None:
    [made] = told(offline(), "push", case("push-commits"))
    assert [each["id"] for each in made.content["commits"]] == [B, C]


def test_two_reviews_of_one_person_are_two_and_one_told_twice_is_one() -> None:
    once = case("review-approved")
    later = inside(once, "pull_request", updated_at="2026-03-02T10:00:00+01:00")
    other = case("review-rejected")
    assert len(told(offline(), "pull_request_approved", once, once, later, other)) == 3


def test_a_comment_on_a_pull_request_is_no_review() -> None:
    assert told(offline(), "pull_request_comment", case("pull-request-comment")) == []


@pytest.mark.parametrize(
    ("repository", "page", "full_name"),
    [
        ({"html_url": "https://codeberg.org/a/b"}, "https://codeberg.org/a/b", "a/b"),
        ({"html_url": "http://localhost:3000/a/b"}, "http://localhost:3000/a/b", "a/b"),
        (
            {"html_url": "https://Dev.example/git/a/b", "full_name": "a/b"},
            "https://dev.example/git/a/b",
            "a/b",
        ),
        ({"clone_url": "https://u:p@git.example/a/b.git"}, "https://git.example/a/b", "a/b"),
    ],
)
def test_a_repository_is_called_by_its_page(repository: Payload, page: str, full_name: str) -> None:
    found = repository_of({"repository": repository})
    assert found is not None
    assert (found.page, found.full_name) == (page, full_name)
    assert found.api_url == page.removesuffix(f"/{full_name}") + f"/api/v1/repos/{full_name}"


@pytest.mark.parametrize("address", ["", "booking", HOST, f"{HOST}/ferries"])
def test_what_names_no_repository_is_none(address: str) -> None:
    assert repository_of({"repository": {"html_url": address}}) is None


def test_a_moment_in_the_first_hours_of_1970_has_not_come_yet() -> None:
    payload = inside(case("job-skipped"), "workflow_job", completed_at="1970-01-01T01:00:00+01:00")
    [made] = told(offline(), "workflow_job", payload)
    assert made.custom_data["timestampInferred"] is True


def test_a_recovery_says_again_what_the_success_said() -> None:
    run = offline(deployments=["deploy.yml"])
    success = case("deploying-action-run-success")
    assert len(told(run, "action_run_success", success)) == 4
    assert told(run, "action_run_recover", {**success, "action": "recover"}) == []


@pytest.mark.parametrize("name", ["a/../b", "@/", "...", "a b", "@a/b/c", "%2F", "é", "-"])
@pytest.mark.parametrize("kind", ["npm", "composer", "pub", "go", "cargo", "container", "", "x"])
def test_a_package_of_any_name_gives_a_valid_event_or_none(name: str, kind: str) -> None:
    payload = inside(case("package-npm-with-a-scope"), "package", name=name, type=kind)
    assert len(told(offline(), "package", payload)) <= 1


def test_labels_of_incidents_are_a_setting_and_have_no_case() -> None:
    payload = case("incident-opened")
    run = offline(incident_labels=["PAYMENTS"], environment="live", services={"ferries/*": "shop"})
    [_, incident] = told(run, "issues", payload)
    assert incident.content["environment"] == {"id": "live"}
    assert incident.content["service"]["id"] == "shop"
    assert kinds(told(offline(incident_labels=["outage"]), "issues", payload)) == ["ticket.created"]


def test_a_whole_path_before_the_repository_is_part_of_its_address() -> None:
    payload = inside(
        case("pull-request-opened"), "repository", html_url=f"{HOST}/git/ferries/booking"
    )
    [made] = told(offline(), "pull_request", payload)
    assert made.subject_id == f"{HOST}/git/ferries/booking/pulls/12"
    assert made.subject_id != f"{PAGE}/pulls/12"


@pytest.mark.parametrize("number", ["https://[::1", "7/../8", {}, None])
def test_a_run_that_has_no_number_gives_nothing(number: object) -> None:
    run = offline()
    forgejo = inside(case("action-run-success"), "run", id=number)
    assert told(run, "action_run_success", forgejo, x_forgejo_event="action_run_success") == []
    gitea = inside(case("deploying-run-success"), "workflow_run", id=number)
    assert told(run, "workflow_run", gitea) == []
