"""GitLab's own API of DORA metrics, over the running service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import EndpointRequest
from streamgauge.cdevents import in_cloudevent
from streamgauge.errors import SettingsError
from streamgauge.metrics import MetricQuery
from streamgauge.settings import Settings
from streamgauge_dora.gitlab_api import GitLabDora
from streamgauge_dora.gitlab_api.question import Question, three_months_before
from streamgauge_dora.gitlab_api.refusals import Refused
from tests.conftest import fresh_database
from tests.dora.world import deployed, incident, merged, pushed
from tests.helpers import START
from tests.service import Answer, Service

DAY = 24
PROJECT = "https://gitlab.example/acme/web/shop"
OTHER = "https://gitlab.example/acme/lib"
SETTINGS = """
[plugins.dora.gitlab_projects]
42 = "acme/web/shop"
43 = "acme/gone"
[plugins.dora.gitlab_groups]
7 = "acme"
"""
RANGE = {"start_date": "2026-01-05", "end_date": "2026-01-08"}
METRICS = "deployment_frequency,lead_time_for_changes,time_to_restore_service,change_failure_rate"


def events() -> Iterator[Any]:
    """Two deployments on Monday, one on Wednesday; an incident from Tuesday to Wednesday."""
    mine = {"repository": PROJECT, "service": "acme/web/shop"}
    yield pushed(0, "a", repository=PROJECT)
    yield deployed("d1", 1, "a", **mine)
    yield from merged(1, 2, "b", repository=PROJECT)
    yield deployed("d2", 4, "b", **mine)
    yield from merged(2, 3, "c", repository=PROJECT)
    yield deployed("d3", 2 * DAY, "c", **mine)
    yield deployed("s1", 1, "a", **{**mine, "environment": "staging"})
    for done, hours in (("detected", DAY), ("resolved", 2 * DAY)):
        yield incident(done, "i", hours, **mine)
    yield deployed("lib", 1, repository=OTHER, service="acme/lib")


@pytest.fixture(scope="module")
def gitlab(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = tmp_path_factory.mktemp("settings") / "streamgauge.toml"
    file.write_text(SETTINGS)
    with (
        fresh_database(server_url) as url,
        Service.running(url, environ={"STREAMGAUGE_CONFIG": str(file)}) as service,
    ):
        for event in events():
            assert service.send(in_cloudevent(event), "/cdevents").status == 202
        service.settle()
        yield service


def project(service: Service, metric: str, **more: Any) -> Answer:
    path = "/api/v4/projects/acme%2Fweb%2Fshop/dora/metrics"
    return service.get(path, metric=metric, **{**RANGE, **more})


def rows(**values: Any) -> list[dict[str, Any]]:
    return [{"date": f"2026-01-{day[1:]}", "value": value} for day, value in values.items()]


@pytest.mark.parametrize(
    ("metric", "found"),
    [
        ("deployment_frequency", rows(d05=2, d06=0, d07=1)),
        ("lead_time_for_changes", rows(d05=2 * 3600, d06=None, d07=45 * 3600)),
        ("time_to_restore_service", rows(d05=None, d06=None, d07=DAY * 3600)),
        ("change_failure_rate", rows(d05=0, d06=1, d07=0)),
    ],
)
def test_each_day_that_has_a_row(gitlab: Service, metric: str, found: Any) -> None:
    """Nothing at all happened on the 8th, which is asked for too; on the 6th there was no
    deployment."""
    answer = project(gitlab, metric)
    assert (answer.status, answer.json) == (200, found)


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("deployment_frequency", 3 / 4),
        ("lead_time_for_changes", (2 + 45) / 2 * 3600),
        ("time_to_restore_service", DAY * 3600),
        ("change_failure_rate", 1 / 3),
    ],
)
def test_a_month_and_the_whole_range(gitlab: Service, metric: str, value: float) -> None:
    months = project(gitlab, metric, interval="monthly").json
    assert months == [{"date": "2026-01-01", "value": value}]
    assert project(gitlab, metric, interval="all").json == [{"date": None, "value": value}]


def test_tiers(gitlab: Service) -> None:
    staging = {"environment_tiers[]": "staging"}
    both = {"environment_tiers[]": ["production", "staging"]}
    frequency = "deployment_frequency"
    assert project(gitlab, frequency, **staging).json == rows(d05=1)
    assert project(gitlab, frequency, **both).json == rows(d05=3, d06=0, d07=1)
    assert project(gitlab, frequency, environment_tier="staging").json == rows(d05=1)
    for metric in ("change_failure_rate", "time_to_restore_service"):
        assert project(gitlab, metric, **staging).json == rows(d05=None)


@pytest.mark.parametrize(
    ("path", "monday"),
    [
        ("projects/42", 2),
        ("projects/acme/web/shop", 2),
        ("projects/acme%2Flib", 1),
        ("groups/acme%2Fweb", 2),
        ("groups/acme", 3),
        ("groups/7", 3),
    ],
)
def test_projects_and_groups_by_path_and_by_number(gitlab: Service, path: str, monday: int) -> None:
    answer = gitlab.get(f"/api/v4/{path}/dora/metrics", metric="deployment_frequency", **RANGE)
    assert answer.json[0] == {"date": "2026-01-05", "value": monday}


def test_a_project_that_is_known_but_quiet_has_no_rows(gitlab: Service) -> None:
    quiet = {"start_date": "2026-03-01", "end_date": "2026-03-31"}
    for metric in METRICS.split(","):
        assert project(gitlab, metric, **quiet).json == []
        whole = project(gitlab, metric, interval="all", **quiet)
        assert whole.json == [{"date": None, "value": None}]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("projects/1", "Project"),
        ("projects/43", "Project"),
        ("projects/shop", "Project"),
        ("projects/web%2Fshop", "Project"),
        ("projects/acme%2Fweb", "Project"),
        ("projects/**", "Project"),
        ("groups/acme%2Flib", "Group"),
        ("groups/42", "Group"),
    ],
)
def test_what_is_not_known_is_not_found(gitlab: Service, path: str, what: str) -> None:
    answer = gitlab.get(f"/api/v4/{path}/dora/metrics", metric="deployment_frequency", **RANGE)
    assert (answer.status, answer.json) == (404, {"message": f"404 {what} Not Found"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metric": ""}, {"error": "metric is missing"}),
        (
            {"metric": [], "end_date": "tomorrow"},
            {"error": "metric is missing, end_date is invalid"},
        ),
        ({"start_date": "0001-01-01"}, {"error": "start_date is invalid"}),
        (
            {"start_date": "2025-07-11"},
            {"message": "Date range must be shorter than 180 days."},
        ),
        (
            {"start_date": "2026-01-08"},
            {"message": "The start date must be earlier than the end date."},
        ),
        (
            {"interval": "weekly", "metric": "hats"},
            {"message": "The interval must be one of all,monthly,daily."},
        ),
        ({"metric": "hats"}, {"message": f"The metric must be one of {METRICS}."}),
        (
            {"environment_tiers[]": ["production", "moon"]},
            {
                "message": "The environment tiers must be from production, staging, testing,"
                " development, other."
            },
        ),
    ],
)
def test_what_is_refused(gitlab: Service, asked: Mapping[str, Any], said: Any) -> None:
    answer = project(gitlab, **{"metric": "deployment_frequency", **asked})
    assert (answer.status, answer.json) == (400, said)


def test_a_range_may_be_of_a_hundred_and_eighty_days(gitlab: Service) -> None:
    answer = project(gitlab, "deployment_frequency", start_date="2025-07-12")
    assert answer.json == rows(d05=2, d06=0, d07=1)


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2026-04-30", "2026-01-30"),
        ("2026-05-31", "2026-02-28"),
        ("2024-05-31", "2024-02-29"),
        ("2026-03-31", "2025-12-31"),
        ("2026-01-01", "2025-10-01"),
    ],
)
def test_without_dates_it_is_the_last_three_months(day: str, before: str) -> None:
    today = date.fromisoformat(day)
    assert three_months_before(today) == date.fromisoformat(before)
    question = Question.read({"metric": ["deployment_frequency"]}, today)
    assert (question.first, question.last) == (date.fromisoformat(before), today)
    assert (question.interval, question.tiers) == ("day", ["production"])


_WORDS = st.sampled_from(
    ["", "hats", "daily", "monthly", "all", "staging", "2026-01-05", "2026-02-30", "9999-12-31"]
) | st.text(max_size=12)
_NAMES = ("metric", "start_date", "end_date", "interval", "environment_tiers[]", "other")


@given(
    st.dictionaries(st.sampled_from(_NAMES), st.lists(_WORDS, max_size=2)),
    st.sampled_from([*METRICS.split(","), "hats"]),
    st.dates(date(1971, 1, 1), date(2998, 1, 1)),
)
def test_whatever_is_asked_is_a_question_or_refused(
    query: Mapping[str, Sequence[str]], metric: str, today: date
) -> None:
    try:
        question = Question.read({"metric": [metric], **query}, today)
    except Refused as refused:
        assert refused.reply.status == 400
        return
    asked = question.parameters(["*/a/b"])
    assert asked["from"][0] < asked["to"][0]
    MetricQuery.parse(asked, now=START)


def asked_for(settings: Mapping[str, Any]) -> Sequence[str]:
    """The repositories that are asked for."""
    seen: list[Sequence[str]] = []

    def ask(metric: str, parameters: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
        seen.append(parameters["repository"])
        bucket = {"start": "2026-01-05", "value": 1.0, "n": 1, "incidents": 0}
        return {"buckets": [bucket]}

    endpoint = GitLabDora(Settings(plugins={"dora": settings}))
    path = "/api/v4/projects/a/b/dora/metrics"
    query = {"metric": ["deployment_frequency"]}
    endpoint.answer(EndpointRequest(path, {"id0": "a", "id1": "b"}, query, {}), ask)
    return seen[0]


def test_a_host_may_be_named() -> None:
    assert asked_for({}) == ["*/a/b"]
    assert asked_for({"gitlab_host": "gitlab.example"}) == ["gitlab.example/a/b"]


@pytest.mark.parametrize(
    "settings",
    [
        {"gitlab_host": "https://gitlab.example"},
        {"gitlab_host": 5},
        {"gitlab_projects": "a/b"},
        {"gitlab_projects": {"acme": "a/b"}},
        {"gitlab_groups": {"7": 5}},
    ],
)
def test_settings_that_make_no_sense(settings: Mapping[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"plugins\.dora\.gitlab"):
        asked_for(settings)
