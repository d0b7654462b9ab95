"""From a number over its curve to its items, and on down to what the tool has sent."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.page.browsing import Visits
from tests.service import Service

LEAD_TIME = "#/metric/change_lead_time?days=30&tz=UTC"


def points(page: Page) -> Page:
    page.locator(".point").first.wait_for()
    return page


def asked(url: str) -> dict[str, str]:
    """The parameters behind the # of an address."""
    return {name: values[0] for name, values in parse_qs(url.split("?", 1)[1]).items()}


def test_a_curve_has_a_point_for_each_bucket_and_a_table(visits: Visits, company: Service) -> None:
    page = points(visits.open(company, LEAD_TIME))
    answer = company.get(
        "/v1/metrics/change_lead_time", **{"from": asked(page.url).get("from", "2026-01-01")}
    )
    assert answer.status == 200
    shown = next(path for path in visits.requests if path.startswith("/v1/metrics/change_lead"))
    buckets = company.get(shown).json["buckets"]
    expect(page.locator(".point")).to_have_count(len(buckets))
    page.get_by_text("The same as a table").click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(len(buckets) + 1)
    expect(page.get_by_role("heading", name="Where the time goes")).to_be_visible()
    expect(page.locator(".parts dt")).to_have_text(["Coding", "Pickup", "Review", "Deploy"])


def test_buckets_can_be_picked(visits: Visits, company: Service) -> None:
    page = points(visits.open(company, LEAD_TIME))
    page.get_by_label("Buckets").select_option("Day")
    expect(page.locator(".point")).to_have_count(30)
    page.get_by_label("Range", exact=True).select_option("Last 12 months")
    page.get_by_label("Buckets").select_option("Quarter")
    expect(page.locator(".point")).to_have_count(5)


def test_where_there_is_no_curve_it_is_said_why_and_what_has_one(
    visits: Visits, company: Service
) -> None:
    page = visits.open(company, "#/metric/deployment_frequency?days=30&tz=UTC&interval=day")
    expect(page.get_by_role("heading", name="No curve by day")).to_be_visible()
    expect(page.get_by_text("Of each day: the range holds no whole week.")).to_be_visible()
    expect(page.locator(".point, canvas")).to_have_count(0)
    page.get_by_role("link", name="Overview").last.click()
    frequency = page.locator(".card").first
    expect(frequency).to_contain_text("No curve: the range holds no whole week")
    page.go_back()
    page.get_by_role("link", name="Show it by week").click()
    points(page)
    expect(page.get_by_label("Buckets")).to_have_value("week")


@pytest.mark.parametrize("by", ["click", "Enter"])
def test_a_point_leads_down_to_the_raw_event(visits: Visits, company: Service, by: str) -> None:
    page = points(visits.open(company, LEAD_TIME))
    point = page.locator(".point").nth(2)
    name = point.get_attribute("aria-label") or ""
    if by == "click":
        point.click()
    else:
        point.focus()
        page.keyboard.press("Enter")
    first = page.locator(".item:visible").first
    first.wait_for()
    given = asked(page.url)
    assert 6 <= (_instant(given["end"]) - _instant(given["start"])).days <= 7
    value = page.locator(".summary .value").inner_text()
    assert value in name
    first.get_by_role("heading").get_by_role("link").click()
    page.locator(".told").first.wait_for()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")
    raw = page.get_by_role("article").filter(has_text="The whole CloudEvent").first
    raw.get_by_text("The whole CloudEvent").click()
    expect(raw.locator("pre")).to_contain_text("specversion")
    event = json.loads(raw.locator("pre").inner_text())
    assert event["specversion"] == "1.0"
    found = company.get("/v1/events/cloudevents", order="asc", limit=1000).json["items"]
    assert event["type"] in {each["event"]["type"] for each in found}
    for _ in range(2):
        page.go_back()
    expect(page.locator(".point").nth(2)).to_be_visible()


def test_an_explanation_is_what_the_number_is_made_of(visits: Visits, company: Service) -> None:
    page = points(visits.open(company, "#/metric/deployment_frequency?days=30&tz=UTC"))
    value = page.locator(".summary .value").inner_text()
    page.get_by_role("link", name="What it is made of").click()
    page.locator(".item:visible").first.wait_for()
    expect(page.locator(".summary .value")).to_have_text(value, use_inner_text=True)
    counted = page.locator(".item:not(.out)")
    expect(counted).to_have_count(_first_number(page.locator(".summary .verdict").inner_text()))
    expect(page.locator(".item.out").first).to_be_hidden()
    page.get_by_label(re.compile("Show what does not count")).check()
    expect(page.locator(".item.out").first).to_be_visible()
    expect(page.locator(".item.out .why").first).to_contain_text("Left out: not production, the")
    page.get_by_role("navigation", name="Where this is").get_by_role("link").click()
    points(page)
    assert asked(page.url)["days"] == "30"


def test_all_metrics_can_be_looked_at(visits: Visits, company: Service) -> None:
    page = points(visits.open(company, LEAD_TIME))
    items = company.get("/v1/metrics").json["items"]
    expect(page.get_by_label("Metric").get_by_role("option")).to_have_count(len(items))
    page.get_by_label("Metric").select_option("DORA Quick Check")
    expect(page.get_by_role("heading", level=1)).to_have_text("DORA Quick Check")
    expect(page.locator(".summary .value")).to_contain_text("score from 0 to 10")


def test_definitions_stand_side_by_side(visits: Visits, company: Service) -> None:
    page = visits.open(company, "#/compare?tz=UTC")
    expect(page.get_by_role("heading", name="Choose two or more definitions")).to_be_visible()
    for name in ("dora2025", "fourkeys", "gitlab"):
        page.get_by_role("checkbox", name=name).check()
    table = page.get_by_role("table", name="The metrics by definition")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Metric", "dora2025", "fourkeys", "gitlab"]
    )
    expect(page.get_by_role("checkbox", name="gitlab")).to_be_focused()
    frequency = table.get_by_role("row").nth(1)
    expect(frequency).to_contain_text("deployments per day")
    rework = table.get_by_role("row").nth(5)
    expect(rework).to_contain_text("this definition has no such metric")
    # Days a week and deployments a day do not stand on one axis.
    expect(page.locator("figure")).to_have_count(2)
    page.get_by_label("Metric", exact=True).select_option("Change lead time")
    expect(page.locator("figure")).to_have_count(1)
    expect(page.locator("figcaption .curve-name")).to_have_text(["dora2025", "fourkeys", "gitlab"])
    page.get_by_role("checkbox", name="fourkeys").uncheck()
    expect(table.get_by_role("columnheader")).to_have_count(3)
    frequency.get_by_role("link").nth(1).click()
    expect(page.get_by_label("Definition")).to_have_value("gitlab")


def test_every_curve_of_a_comparison_can_be_told_apart(visits: Visits, company: Service) -> None:
    names = company.get("/v1/overview").json["choices"]["definition"]
    assert len(names) >= 8
    by = "&".join(f"by={name}" for name in [*names, names[0]])
    page = points(visits.open(company, f"#/compare?tz=UTC&{by}&metric=change_lead_time"))
    table = page.get_by_role("table", name="The metrics by definition")
    expect(table.get_by_role("columnheader")).to_have_text(["Metric", *names])
    keys = page.locator("figcaption .curve-name")
    looks = keys.evaluate_all(
        """(all) => all.map((each) => {
            const line = each.querySelector("line");
            return getComputedStyle(line).stroke + line.getAttribute("stroke-dasharray");
        })"""
    )
    assert len(looks) >= 6
    assert len(set(looks)) == len(looks)


def test_a_curve_by_itself_has_the_name_and_look_of_its_definition(
    visits: Visits, company: Service
) -> None:
    page = points(visits.open(company, "#/compare?tz=UTC&by=dora2025&by=gitlab"))
    expect(page.locator("figure")).to_have_count(2)
    expect(page.locator("figcaption .curve-name")).to_have_text(["dora2025", "gitlab"])
    first, second = page.locator("figcaption .curve-name").all()
    assert first.get_attribute("class") != second.get_attribute("class")


@pytest.mark.parametrize("by", ["click", "keyboard", "table"])
def test_a_point_of_a_comparison_is_explained_by_its_definition(
    visits: Visits, company: Service, by: str
) -> None:
    view = "#/compare?tz=UTC&days=30&by=dora2025&by=fourkeys&metric=change_lead_time"
    page = points(visits.open(company, view))
    point = page.locator(".point").nth(2)
    if by == "click":
        point.scroll_into_view_if_needed()
        box = point.bounding_box()
        assert box is not None
        low = {name: _lead_time(visits, company, name, 2) for name in ("dora2025", "fourkeys")}
        # At the bottom, the lower of the two curves is the nearer one.
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
        expected = min(low, key=lambda name: low[name])
    elif by == "keyboard":
        point.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#status")).to_have_text("fourkeys")
        expect(page.locator(".tip .chosen")).to_contain_text("fourkeys")
        page.keyboard.press("Enter")
        expected = "fourkeys"
    else:
        page.get_by_text("The same as a table").click()
        row = page.locator(".beside tbody tr").nth(2)
        row.get_by_role("link").nth(1).click()
        expected = "fourkeys"
    page.locator(".item:visible").first.wait_for()
    assert asked(page.url)["definition"] == expected


def test_what_an_explanation_counts_stands_apart_from_where_it_was_looked_for(
    visits: Visits, company: Service
) -> None:
    page = points(visits.open(company, LEAD_TIME))
    page.get_by_role("link", name="What it is made of").click()
    page.locator(".item:visible").first.wait_for()
    n = _first_number(page.locator(".summary .verdict").inner_text())
    expect(page.locator(".item:visible")).to_have_count(n)
    page.get_by_text("Where these were looked for").click()
    expect(page.locator(".beside .item:visible").first).to_contain_text("known commit")


def test_an_id_can_be_looked_up(visits: Visits, company: Service) -> None:
    change = company.get("/v1/changes", limit=1).json["items"][0]["id"]
    page = visits.open(company, "#/lineage?tz=UTC", refused=[404])
    page.get_by_label(re.compile("^Id of")).fill(change)
    page.keyboard.press("Enter")
    page.locator(".told").first.wait_for()
    expect(page.locator(".known")).to_contain_text("delivery")
    page.get_by_label(re.compile("^Id of")).fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Problem")).to_contain_text("no such thing")


def _lead_time(visits: Visits, company: Service, definition: str, place: int) -> float:
    """That of the bucket at this place, as the page has asked for it."""
    asked = next(path for path in visits.requests if f"definition={definition}" in path)
    overview: dict[str, Any] = company.get(asked).json
    (found,) = (each for each in overview["metrics"] if each["metric"] == "change_lead_time")
    value = found["buckets"][place]["value"]
    assert isinstance(value, float)
    return value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _first_number(text: str) -> int:
    found = re.search(r"\d+", text)
    assert found is not None
    return int(found[0])
