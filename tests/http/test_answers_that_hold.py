"""Answers over HTTP that the client has already, and answers as CSV, of the real service."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.dora.world import deployed, incident, merged
from tests.service import Answer, Service

METRIC = "/v1/metrics/change_lead_time"
RANGE = {"from": "2026-01-01", "to": "2027-01-01"}
TEAMS = '[[team]]\nname = "red"\nservices = ["shop"]\n'
PAGES = (
    METRIC,
    "/v1/metrics/deployment_frequency",
    f"{METRIC}/explain",
    "/v1/deployments",
    "/v1/changes",
    "/v1/incidents",
    "/v1/overview",
)


@pytest.fixture(scope="module")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("teams") / "teams.toml"
    file.write_text(TEAMS, "utf-8")
    return file


@pytest.fixture(scope="module")
def url(server_url: str) -> Iterator[str]:
    with fresh_database(server_url) as url:
        yield url


@pytest.fixture(scope="module")
def service(url: str, teams: Path) -> Iterator[Service]:
    with Service.running(url, environ={"STREAMGAUGE_TEAMS": str(teams)}) as service:
        tell(service, *merged(0, 0.5, "c0"), deployed("d0", 1, "c0"))
        tell(service, *merged(1, 20, "c1"), deployed("d1", 30, "c1"))
        tell(service, deployed("d2", 40, "c2", service="=cmd()"), *merged(2, 35, "c2"))
        tell(service, incident("detected", "+1", 42), incident("resolved", "+1", 45))
        yield service


def tell(service: Service, *events: object) -> None:
    for event in events:
        assert service.send(in_cloudevent(event), "/cdevents").status == 202  # type: ignore[arg-type]
    service.settle()


def ask(service: Service, path: str, tag: str = "", **more: str) -> Answer:
    query = "&".join(f"{k}={v}" for k, v in {**RANGE, **more}.items())
    return service.request("GET", f"{path}?{query}", headers={"If-None-Match": tag})


@pytest.mark.parametrize("path", PAGES)
def test_who_shows_the_tag_is_not_sent_the_answer_again(service: Service, path: str) -> None:
    first = ask(service, path)
    assert first.status == 200
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for shown in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
        again = ask(service, path, shown)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, no-cache"
    for shown in ('"other"', "nonsense", '"'):
        other = ask(service, path, shown)
        assert (other.status, other.body) == (200, first.body)


@pytest.mark.parametrize("path", PAGES)
def test_every_process_has_the_same_tag_for_the_same_answer(service: Service, path: str) -> None:
    # Each request is a connection of its own, so both processes answer.
    answers = [ask(service, path) for _ in range(12)]
    assert len({(answer.headers["etag"], answer.body) for answer in answers}) == 1


def test_the_tag_outlives_the_service(service: Service, url: str, teams: Path) -> None:
    tags = {path: ask(service, path).headers["etag"] for path in PAGES}
    with Service.running(url, environ={"STREAMGAUGE_TEAMS": str(teams)}) as other:
        assert {path: ask(other, path).headers["etag"] for path in PAGES} == tags


def test_an_event_and_other_teams_end_it(service: Service, teams: Path) -> None:
    before = ask(service, METRIC).headers["etag"]
    teams.write_text(TEAMS.replace("red", "blue"), "utf-8")
    after = ask(service, METRIC, before)
    assert after.status == 200
    teams.write_text(TEAMS, "utf-8")
    assert ask(service, METRIC, before).status == 304
    tell(service, deployed("d3", 50, "c1"))
    assert ask(service, METRIC, before).status == 200


def test_another_form_has_another_tag(service: Service) -> None:
    plain, table = ask(service, METRIC), ask(service, METRIC, format="csv")
    assert plain.headers["etag"] != table.headers["etag"]
    assert ask(service, METRIC, plain.headers["etag"], format="csv").status == 200
    assert ask(service, METRIC, table.headers["etag"]).status == 200
    assert ask(service, METRIC, table.headers["etag"], format="csv").status == 304


def test_what_is_wrong_is_a_problem_whoever_shows_a_tag(service: Service) -> None:
    for more in ({"format": "xml"}, {"interval": "fortnight", "format": "csv"}):
        found = ask(service, METRIC, "*", **more)
        assert (found.status, found.headers["content-type"]) == (400, "application/problem+json")
        assert "etag" not in found.headers
    assert ask(service, METRIC, "*", format="xml").json["allowed"] == ["json", "csv"]


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""), strict=True))


def test_a_metric_as_csv_has_a_row_for_each_bucket(service: Service) -> None:
    asked = ask(service, METRIC, interval="month", format="csv", percentile="90")
    found = table(asked)
    buckets = ask(service, METRIC, interval="month", percentile="90").json["buckets"]
    assert asked.headers["content-disposition"] == 'attachment; filename="change_lead_time.csv"'
    assert [row["start"] for row in found] == [bucket["start"] for bucket in buckets]
    assert [row["n"] for row in found] == [str(bucket["n"]) for bucket in buckets]
    assert list(found[0])[:6] == ["start", "end", "whole", "value", "n", "reason"]
    first, second = found[0], found[1]
    assert float(first["value"]) == float(first["percentiles.90"]) != 0
    assert first["stages.deploy.median"]
    assert (second["value"], second["whole"]) == ("", "true")
    assert second["reason"]


def test_and_for_each_group(service: Service) -> None:
    found = table(
        ask(service, METRIC, interval="all", group_by="service,environment", format="csv")
    )
    assert list(found[0])[:3] == ["service", "environment", "start"]
    assert {row["service"] for row in found} == {"shop", "'=cmd()"}


def test_an_explanation_as_csv_has_a_row_for_each_item_on_all_its_pages(service: Service) -> None:
    whole = ask(service, f"{METRIC}/explain").json
    rows, address, columns = [], f"{METRIC}/explain?from=2026-01-01&limit=2&format=csv", None
    while address:
        page = service.get(address)
        found = table(page)
        assert columns in (None, list(found[0]))
        rows, columns = rows + found, list(found[0])
        link = page.headers.get("link")
        address = link.removeprefix("<").removesuffix('>; rel="next"') if link else ""
    assert [row["change"] for row in rows] == [item.get("change") or "" for item in whole["items"]]
    assert [row["counts"] for row in rows] == [str(i["counts"]).lower() for i in whole["items"]]
    assert columns is not None
    assert columns[:4] == ["counts", "left_out", "role", "amount"]


@pytest.mark.parametrize("name", ["deployments", "changes", "incidents"])
def test_a_list_as_csv_has_a_row_for_each_item_on_all_its_pages(
    service: Service, name: str
) -> None:
    items = service.get(f"/v1/{name}").json["items"]
    rows, address = [], f"/v1/{name}?limit=1&format=csv"
    while address:
        page = service.get(address)
        rows += table(page)
        link = page.headers.get("link")
        address = link.removeprefix("<").removesuffix('>; rel="next"') if link else ""
    assert [row["id"].removeprefix("'") for row in rows] == [item["id"] for item in items]
    assert list(rows[0]) == list(items[0])
    assert page.headers["content-disposition"] == f'attachment; filename="{name}.csv"'


def test_a_page_goes_on_where_the_one_before_ended_whatever_came_meanwhile(
    service: Service,
) -> None:
    path = "/v1/metrics/deployment_frequency/explain"
    whole = {item["deployment"] for item in service.get(path, **RANGE).json["items"]}
    first = service.get(path, **RANGE, limit="2").json
    tell(service, *(deployed(f"late{n}", 0.1 * n, "c1") for n in range(1, 4)))
    seen, address = [*first["items"]], first["next"]
    while address:
        page = service.get(address).json
        seen, address = seen + page["items"], page["next"]
    named = [item["deployment"] for item in seen]
    assert len(named) == len(set(named))
    assert whole <= set(named)


def test_the_next_page_is_of_the_same_range(service: Service) -> None:
    found = service.get("/v1/deployments")  # there is something
    assert found.json["items"]
    page = service.get(
        "/v1/metrics/deployment_frequency/explain", limit="1", **{"from": "2026-01-01"}
    ).json
    assert parse_qs(urlsplit(page["next"]).query)["to"] == [page["to"]]
