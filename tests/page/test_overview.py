"""The overview: the five at a glance, side by side, and what is asked in the address."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.page.browsing import Visits, cards
from tests.service import Service

FIVE = [
    "Deployment frequency",
    "Change lead time",
    "Change fail rate",
    "Failed deployment recovery time",
    "Deployment rework rate",
]


def data(visits: Visits) -> list[str]:
    return [path for path in visits.requests if path.startswith("/v1/")]


def test_the_five_have_values_bands_trends_and_curves(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company))
    assert page.locator(".card h2").all_inner_texts() == FIVE
    answer = company.get("/v1/overview", interval="week").json["metrics"]
    frequency = page.locator(".card").first
    expect(frequency.locator(".band")).to_have_text(answer[0]["band"])
    expect(frequency.locator(".value")).to_contain_text("days with a deployment per week")
    expect(page.locator(".card .spark .curve").first).to_be_attached()
    expect(page.locator(".card").nth(1).locator(".value")).to_contain_text(re.compile(r"\d+ [dh]"))
    expect(page.locator(".card").nth(2).locator(".value")).to_contain_text(re.compile(r"\d %"))
    assert page.locator(".card .trend").count() == 5
    expect(page.locator(".made")).to_contain_text("by dora2025 · as of position")


def test_the_first_numbers_take_one_request(visits: Visits, company: Service) -> None:
    page = visits.open(company, "#/?tz=UTC")
    page.locator(".card .value").first.wait_for()
    shown = page.evaluate(
        """() => {
            const entries = performance.getEntriesByType("resource");
            const data = entries.filter((e) => new URL(e.name).pathname.startsWith("/v1/"));
            const first = data.findIndex((e) => e.name.includes("/v1/overview"));
            return data.filter((e) => e.startTime < data[first].responseEnd).map((e) => e.name);
        }"""
    )
    assert len(shown) == 1
    assert "/v1/overview?" in shown[0]


def test_services_environments_and_teams_stand_side_by_side(
    visits: Visits, company: Service
) -> None:
    page = cards(visits.open(company))
    table = page.get_by_role("table", name="The metrics by service")
    expect(table.get_by_role("row")).to_have_count(6)
    shop = table.get_by_role("row").filter(has_text="northquay/shop")
    expect(shop.locator(".band").first).to_be_visible()
    page.get_by_role("button", name="Environment").click()
    table = page.get_by_role("table", name="The metrics by environment")
    expect(table.get_by_role("rowheader")).to_have_text(["staging", "production"])
    for row in table.get_by_role("row").all()[1:]:
        expect(row.get_by_role("cell").first).not_to_have_text("–")
    page.get_by_role("button", name="Team").click()
    table = page.get_by_role("table", name="The metrics by team")
    expect(table.get_by_role("rowheader")).to_have_text(
        ["Passengers", "Harbour", "no team named"], use_inner_text=True
    )


def test_each_service_has_its_trends(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company, "#/?tz=UTC&days=30"))
    table = page.get_by_role("table", name="The metrics by service")
    shop = table.get_by_role("row").filter(has_text="northquay/shop")
    trend = shop.get_by_role("cell").nth(1).locator(".trend")
    expect(trend).to_contain_text(re.compile("(better|worse), from |as in the range before"))


def test_a_row_leads_to_its_own_overview_and_back_again(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company))
    value = page.locator(".card .value").nth(1)
    whole = value.inner_text()
    page.get_by_role("link", name="northquay/bookings").click()
    expect(page.get_by_label("Service", exact=True)).to_have_value("northquay/bookings")
    expect(value).not_to_have_text(whole)
    assert "service=northquay%2Fbookings" in page.url
    page.go_back()
    expect(value).to_have_text(whole)
    expect(page.get_by_label("Service", exact=True)).to_have_value("")


def test_what_is_picked_is_in_the_address_for_a_colleague(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company, timezone_id="Europe/Copenhagen"))
    assert "tz=Europe%2FCopenhagen" in page.url
    page.get_by_label("Range", exact=True).select_option("Last 30 days")
    page.get_by_label("Buckets").select_option("Day")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_label("Team").select_option("Harbour")
    page.get_by_label("Definition").select_option("gitlab")
    expect(page.locator(".made")).to_contain_text("by gitlab")
    values = page.locator(".card .value").all_inner_texts()
    address = page.url.split("/", 3)[3]
    other = cards(visits.open(company, address, timezone_id="America/New_York"))
    expect(other.locator(".card .value")).to_have_text(values, use_inner_text=True)
    assert other.get_by_label("Time zone").input_value() == "Europe/Copenhagen"
    for label, value in {"Range": "30", "Buckets": "day", "Definition": "gitlab"}.items():
        expect(other.get_by_label(label, exact=True)).to_have_value(value)


def test_a_range_of_ones_own_has_a_first_and_a_last_day(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company))
    page.get_by_label("Range", exact=True).select_option("From … to …")
    page.get_by_label("First day").fill("2026-01-05")
    page.get_by_label("Last day").fill("2026-01-11")
    expect(page.locator(".made")).to_contain_text("5 Jan 2026 to 11 Jan 2026")
    assert "from=2026-01-05" in page.url
    assert "to=2026-01-12" in page.url
    expect(
        page.locator(".card .soft").filter(has_text="there is no deployment").first
    ).to_be_visible()


def test_who_picks_keeps_the_focus(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company))
    buckets = page.get_by_label("Buckets")
    buckets.focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("interval=month"))
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(buckets).to_be_focused()


def test_what_makes_no_sense_is_told_with_what_to_do(visits: Visits, company: Service) -> None:
    page = visits.open(company, "#/?tz=Nowhere/At_All", refused=[400])
    problem = page.get_by_role("group", name="Problem").first
    expect(problem).to_contain_text("tz: 'Nowhere/At_All' is no IANA time zone")
    page.get_by_label("Time zone").fill("UTC")
    page.get_by_label("Time zone").press("Enter")
    cards(page)
