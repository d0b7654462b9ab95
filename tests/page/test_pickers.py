"""What is asked can be seen, picked, typed and taken away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.page.browsing import PHONE, WIDE, Visits, cards
from tests.service import Service

TIERS = {"production", "staging", "testing", "development", "other"}


def asked(visits: Visits) -> list[str]:
    return [path for path in visits.requests if path.startswith("/v1/overview")]


def test_all_environments_are_all_of_them(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company, "#/?tz=UTC&days=30"))
    picker = page.get_by_label("Environment")
    expect(picker.get_by_role("option", selected=True)).to_have_text("Production, as defined")
    counted = page.locator(".card").first.locator(".verdict")
    production = counted.inner_text()
    picker.select_option("All environments")
    expect(counted).not_to_have_text(production)
    assert set(re.findall(r"tier=(\w+)", page.url)) == TIERS
    page.reload()
    expect(picker.get_by_role("option", selected=True)).to_have_text("All environments")
    picker.select_option("staging")
    expect(page).to_have_url(re.compile("environment=staging"))
    assert "tier=" not in page.url


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("tier=staging", "Tier: staging"),
        ("environment=staging&environment=production", "staging, production"),
    ],
)
def test_what_no_option_is_is_shown_as_it_is_asked(
    visits: Visits, company: Service, query: str, told: str
) -> None:
    page = cards(visits.open(company, f"#/?tz=UTC&{query}"))
    picker = page.get_by_label("Environment")
    expect(picker.get_by_role("option", selected=True)).to_have_text(told)
    picker.select_option("Production, as defined")
    expect(page).not_to_have_url(re.compile("tier=|environment="))


def test_a_filter_without_a_picker_can_be_taken_away(visits: Visits, company: Service) -> None:
    repository = "https://github.example/northquay/shop"
    page = cards(visits.open(company, f"#/?tz=UTC&repository={repository}"))
    page.get_by_role("button", name=f"Repository: {repository}").click()
    expect(page).not_to_have_url(re.compile("repository="))
    expect(page.get_by_role("button", name="Repository:")).to_have_count(0)


def test_a_date_is_asked_for_when_it_is_typed(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company, "#/?from=2026-10-01&to=2026-11-01&tz=UTC"))
    length = page.evaluate("history.length")
    page.get_by_label("First day").focus()
    for key in "09092026":
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile("from=2026-09-09"))
    expect(page.locator(".made")).to_contain_text("9 Sept 2026 to 31 Oct 2026")
    assert [path for path in asked(visits) if "from=0" in path] == []
    assert page.evaluate("history.length") == length
    expect(page.get_by_role("group", name="Problem")).to_have_count(0)


def test_the_other_end_goes_along_with_the_one_that_is_moved(
    visits: Visits, company: Service
) -> None:
    page = cards(visits.open(company, "#/?from=2026-10-01&to=2026-11-01&tz=UTC"))
    page.get_by_label("First day").fill("2026-11-10")
    expect(page.get_by_label("Last day")).to_have_value("2026-11-10")
    page.get_by_label("Last day").fill("2026-09-03")
    expect(page.get_by_label("First day")).to_have_value("2026-09-03")
    expect(page.locator(".made")).to_contain_text("3 Sept 2026, UTC")


def test_a_phone_that_is_turned_keeps_its_pickers(visits: Visits, company: Service) -> None:
    page = cards(visits.open(company, "#/?tz=UTC", viewport=PHONE))
    expect(page.get_by_label("Buckets")).to_be_hidden()
    page.set_viewport_size(WIDE)
    expect(page.get_by_label("Buckets")).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(page.locator(".pickers > summary")).to_be_visible()
