"""What is the same: by both ways, in every version of GitLab, on whatever host."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge_gitlab.project import project_of
from streamgauge_gitlab.transformer import routes

from .samples import HOST, PAGE, A, C, Payload, by_knative, case, kinds, offline, told
from .samples import with_attributes as changed

KNATIVE = "dev.knative.sources.gitlab"
NAMES = {
    "push-commits": "push",
    "merge-request-merge-by-merge-commit": "merge_request",
    "pipeline-success": "pipeline",
    "job-success": "job",
    "deployment-success": "deployment",
    "deployment-failed": "deployment",
    "release-create": "release",
    "incident-by-label-close": "issue",
    "issue-confidential": "confidential_issue",
    "incident-open": "work_item",
}


@pytest.mark.parametrize("name", NAMES)
def test_knatives_form_gives_the_same_occurrences(name: str) -> None:
    run, payload = offline(), case(name)
    ids = {event.id for event in told(run, payload)}
    assert ids
    knative = by_knative(offline(), payload, f"{KNATIVE}.{NAMES[name]}")
    assert {event.id for event in knative} == ids
    assert by_knative(run, payload, f"{KNATIVE}.{NAMES[name]}") == []


@pytest.mark.parametrize("zero", ["", 0, "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_knative_writes_for_nothing_is_still_nothing(name: str, zero: object) -> None:
    """Its adapter reads a payload into Go and writes it anew: null becomes Go's zero."""
    payload = case(name)
    ids = [event.id for event in told(offline(), payload)]
    assert [event.id for event in told(offline(), _for_null(payload, zero))] == ids


def _for_null(value: Any, zero: object) -> Any:
    if isinstance(value, dict):
        return {key: _for_null(each, zero) for key, each in value.items()}
    if isinstance(value, list):
        return [_for_null(each, zero) for each in value]
    return zero if value is None else value


def test_knatives_first_releases_had_other_types() -> None:
    payload = case("deployment-success")
    assert kinds(by_knative(offline(), payload, f"{KNATIVE}source.Deployment Hook")) == [
        "service.deployed"
    ]


def test_knative_has_another_id_each_time_and_yet_it_is_one() -> None:
    run, payload = offline(), case("merge-request-open")
    assert len(by_knative(run, payload, f"{KNATIVE}.merge_request", 1)) == 1
    assert by_knative(run, payload, f"{KNATIVE}.merge_request", 2) == []


def test_every_type_is_routed_in_both_forms() -> None:
    table = routes()
    for name in table:
        if name.startswith("com.gitlab."):
            assert table[name] == table[name.replace("com.gitlab.", f"{KNATIVE}.")]


def test_a_merge_request_and_an_issue_keep_their_names_over_versions_of_gitlab() -> None:
    old = changed(case("merge-request-open"), url=f"{PAGE}/merge_requests/12")
    [made] = told(offline(), old)
    assert made.subject_id == f"{PAGE}/-/merge_requests/12"
    incident = changed(case("incident-open"), url=f"{PAGE}/-/issues/incident/23")
    assert {event.subject_id for event in told(offline(), incident)} == {f"{PAGE}/-/issues/23"}


def test_one_payload_by_a_project_hook_a_group_hook_and_a_system_hook_is_one() -> None:
    run, payload = offline(), case("incident-open")
    first = told(run, payload, x_gitlab_event="Work Item Hook", idempotency_key="k-1")
    assert len(first) == 2
    assert told(run, payload, x_gitlab_event="Work Item Hook", idempotency_key="k-2") == []
    assert told(run, payload, x_gitlab_event="System Hook", idempotency_key="k-3") == []


def test_two_approvals_of_one_person_are_two_and_one_told_twice_is_one() -> None:
    run = offline()
    once = case("merge-request-approval")
    again = changed(once, updated_at="2026-03-02 09:10:00 UTC")
    assert len(told(run, once, once, again)) == 2


@pytest.mark.parametrize(
    ("project", "page", "path"),
    [
        ({"web_url": "https://gitlab.com/a/b"}, "https://gitlab.com/a/b", "a/b"),
        ({"web_url": "http://10.1.2.3:3000/a/b/c"}, "http://10.1.2.3:3000/a/b/c", "a/b/c"),
        (
            {"web_url": "https://Dev.example/gitlab/a/b", "path_with_namespace": "a/b"},
            "https://dev.example/gitlab/a/b",
            "a/b",
        ),
        ({"git_http_url": "https://u:p@git.example/a/b.git"}, "https://git.example/a/b", "a/b"),
        ({"homepage": "https://git.example/a/b/"}, "https://git.example/a/b", "a/b"),
    ],
)
def test_a_project_is_called_by_its_page(project: Payload, page: str, path: str) -> None:
    found = project_of({"project": project})
    assert found is not None
    assert (found.page, found.path) == (page, path)


_PART = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,8}", fullmatch=True)


@given(
    st.sampled_from(["https://gitlab.com", "http://10.1.2.3:3000", "https://dev.example/git"]),
    st.lists(_PART, min_size=2, max_size=6),
)
def test_whatever_address_is_given_the_project_is_the_same(root: str, parts: list[str]) -> None:
    path = "/".join(parts)
    told_by = {"web_url": f"{root}/{path}", "git_http_url": f"{root}/{path}.git"}
    for name, address in told_by.items():
        found = project_of({"project": {name: address, "path_with_namespace": path}})
        assert found is not None
        assert (found.page, found.path) == (f"{root}/{path}", path)
        assert f"{found.owner}/{found.name}" == path


@pytest.mark.parametrize("address", ["", "ferries", "https://git.example", "https://git.example/a"])
def test_what_names_no_project_is_none(address: str) -> None:
    assert project_of({"project": {"web_url": address}}, address) is None


def test_a_gitlab_below_a_path_of_its_host_has_its_api_there() -> None:
    payload = case("deployment-success", deployable_id=None)
    payload["project"] = {
        **payload["project"],
        "web_url": f"{HOST}/gitlab/ferries/web/booking",
    }
    [made] = told(offline(), payload)
    assert made.subject_id == "ferries/web/booking"
    assert made.custom_data["deployment"] == f"{HOST}/gitlab/api/v4/projects/71/deployments/301"


def test_two_instances_with_a_project_of_one_path_do_not_mix() -> None:
    run = offline()
    other = case("deployment-success", short_sha=A[:8], commit_url=f"{PAGE}/-/commit/{A}")
    other["project"] = {
        "id": 71,
        "web_url": "https://gitlab.com/ferries/web/booking",
        "path_with_namespace": "ferries/web/booking",
    }
    assert kinds(told(run, case("deployment-success"), other)) == ["service.deployed"] * 2


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("2021-04-28 21:50:00 +0200", "2021-04-28T19:50:00Z"),
        ("2016-08-12 15:23:28 UTC", "2016-08-12T15:23:28Z"),
        ("2021-02-23T02:41:37.886Z", "2021-02-23T02:41:37.886000Z"),
        ("2026-03-02T09:40:00+01:00", "2026-03-02T08:40:00Z"),
    ],
)
def test_a_time_is_read_in_every_form_that_gitlab_writes(at: str, utc: str) -> None:
    [made] = told(offline(), case("deployment-failed", status_changed_at=at))
    assert made.document["context"]["timestamp"] == utc


def test_a_deployment_without_a_time_says_that_its_time_is_inferred() -> None:
    [made] = told(offline(), case("deployment-failed", status_changed_at="yesterday"))
    assert made.custom_data["timestampInferred"] is True


@pytest.mark.parametrize(
    ("created", "queued", "started"),
    [
        ("2026-03-02 08:46:00 UTC", 4.5, "2026-03-02T08:46:04.500000Z"),
        ("2026-03-02 08:46:00 UTC", 0, "2026-03-02T08:46:00Z"),
        ("9999-12-31 23:59:59 UTC", 4, "2026-03-02T08:46:07Z"),
        ("2026-03-02 08:46:00 UTC", 1e300, "2026-03-02T08:46:07Z"),
        ("2026-03-02 08:46:00 UTC", -1, "2026-03-02T08:46:07Z"),
        ("2026-03-02 08:46:00 UTC", True, "2026-03-02T08:46:07Z"),
        (None, 4, "2026-03-02T08:46:07Z"),
    ],
)
def test_a_pipeline_starts_when_it_was_queued_no_more_or_with_its_first_job(
    created: object, queued: object, started: str
) -> None:
    payload = changed(
        case("pipeline-running-told-by-its-jobs"), created_at=created, queued_duration=queued
    )
    [made] = told(offline(), payload)
    assert made.document["context"]["timestamp"] == started


def test_a_template_that_drops_the_kind_leaves_the_type() -> None:
    payload = case("deployment-success")
    del payload["object_kind"]
    made = told(offline(), payload, x_gitlab_event="Deployment Hook")
    assert kinds(made) == ["service.deployed"]


def test_the_whole_commit_is_at_the_end_of_its_page() -> None:
    [made] = told(offline(), case("deployment-failed"))
    assert made.custom_data["commit"] == C


SERVICES = {
    "ferries/*:*/tickets": "tickets",
    "ferries/web/booking": "booking",
    "ferries/*": "ferries",
}


@pytest.mark.parametrize(
    ("project", "environment", "service"),
    [
        ("ferries/web/booking", "production/tickets", "tickets"),
        ("ferries/web/booking", "production", "booking"),
        ("ferries/web/timetable", "production", "ferries"),
        ("harbour/cranes", "production", "harbour/cranes"),
    ],
)
def test_what_says_more_of_a_service_goes_first(
    project: str, environment: str, service: str
) -> None:
    payload = case("deployment-failed", environment=environment)
    payload["project"] = {
        "web_url": f"{HOST}/{project}",
        "path_with_namespace": project,
        "id": 5,
    }
    [made] = told(offline(services=SERVICES), payload)
    assert made.subject_id == service
    opened = {**case("incident-open"), "project": payload["project"]}
    incident = told(offline(services=SERVICES, environment="live"), opened)[1]
    assert incident.content["environment"] == {"id": "live"}
    assert incident.content["service"]["id"] == service.replace("tickets", "booking")


def test_labels_of_incidents_are_a_setting_and_have_no_case() -> None:
    payload = case("incident-by-label-open")
    assert kinds(told(offline(incident_labels=["PAYMENTS"]), payload)) == [
        "ticket.created",
        "incident.detected",
    ]
    assert kinds(told(offline(incident_labels=["outage"]), payload)) == ["ticket.created"]
