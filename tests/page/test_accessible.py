"""By the keyboard alone, for a screen reader, on a phone, in the dark, and without motion."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.browsing import PHONE, WIDE, Visits, overflow
from tests.service import Service, eventually

VIEWS = {
    "overview": "#/?tz=UTC&days=30",
    "teams": "#/?tz=UTC&by=team",
    "metric": "#/metric/change_lead_time?tz=UTC",
    "explanation": "#/explain/change_fail_rate?tz=UTC&days=30",
    "definitions": "#/compare?tz=UTC&by=dora2025&by=gitlab&by=fourkeys",
    "stages": "#/stages?tz=UTC",
    "live": "#/live?tz=UTC",
    "lineage": "#/lineage/{deployment}?tz=UTC",
    "no view": "#/no/such/view?tz=UTC",
}


@cache
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def broken_rules(page: Page) -> list[tuple[str, str]]:
    """What axe has to say, WCAG 2.2 AA and its own best practices."""
    page.evaluate(axe())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then((told) => told.violations)")
    return [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]


def opened(visits: Visits, service: Service, view: str, **options: Any) -> Page:
    address = VIEWS[view]
    if "{deployment}" in address:
        deployment = service.get("/v1/deployments", limit=1).json["items"][0]["id"]
        address = address.format(deployment=deployment)
    page = visits.open(service, address, **options)
    expect(page.locator(".loading")).to_have_count(0)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    page.locator("main :is(.card, .point, .item, .told, tbody, .line, .state)").first.wait_for()
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(visits: Visits, company: Service, view: str, theme: str) -> None:
    page = opened(visits, company, view, color_scheme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert broken_rules(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_scrolls_in_one_direction_only(visits: Visits, company: Service, view: str) -> None:
    page = opened(visits, company, view, viewport=PHONE, has_touch=True, is_mobile=True)
    assert overflow(page) == 0
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert overflow(page) == 0
    assert broken_rules(page) == []


def test_an_empty_service_is_accessible_on_a_phone(visits: Visits, nothing: Service) -> None:
    page = visits.open(nothing, "#/?tz=UTC", viewport=PHONE)
    expect(
        page.get_by_role("heading", name=re.compile("No (events|deployments) yet"))
    ).to_be_visible()
    assert overflow(page) == 0
    assert broken_rules(page) == []


def focused(page: Page) -> str:
    """What has the focus: its role and name."""
    told: str = page.evaluate(
        """() => {
            const it = document.activeElement;
            const label = it.getAttribute("aria-label") || it.labels?.[0]?.textContent;
            return label || it.textContent.trim();
        }"""
    )
    return told


def is_outlined(page: Page) -> bool:
    """Whether it can be seen that it has it: it, or the card that it fills, has an outline."""
    found: bool = page.evaluate(
        """() => [document.activeElement, document.activeElement.closest(".card")]
            .filter(Boolean)
            .some((it) => parseFloat(getComputedStyle(it).outlineWidth) >= 2
                          && getComputedStyle(it).outlineStyle !== "none")"""
    )
    return found


def test_the_keyboard_alone_walks_from_the_overview_to_an_event(
    visits: Visits, company: Service
) -> None:
    page = opened(visits, company, "overview")
    page.keyboard.press("Tab")
    assert focused(page) == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    order = []
    while len(order) < 40:
        page.keyboard.press("Tab")
        order.append(focused(page))
        assert is_outlined(page), order
        if order[-1] == "Change lead time":
            break
    fields = ["Range", "Buckets", "Service", "Environment", "Team", "Definition", "Time zone"]
    assert order == [*fields, "Deployment frequency", "Change lead time"]
    page.keyboard.press("Enter")
    page.locator(".point").first.wait_for()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    while not focused(page).startswith("week of"):
        page.keyboard.press("Tab")
        assert is_outlined(page)
    last = focused(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) not in ("", last)
    assert is_outlined(page)
    expect(page.locator(".tip")).to_be_visible()
    page.keyboard.press("Home")
    first = focused(page)
    page.keyboard.press("End")
    assert (focused(page), first != last) == (last, True)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator(".item:visible").first.wait_for()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    while not page.evaluate("document.activeElement.matches('.item h2 a')"):
        page.keyboard.press("Tab")
        assert is_outlined(page)
    page.keyboard.press("Enter")
    page.locator(".told").first.wait_for()
    while focused(page) != "The whole CloudEvent":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The whole CloudEvent").first).to_contain_text("specversion")


def test_a_table_that_is_wide_can_be_scrolled_by_the_keyboard(
    visits: Visits, company: Service
) -> None:
    page = opened(visits, company, "overview", viewport=PHONE)
    table = page.get_by_role("region", name="The metrics by service")
    table.focus()
    page.keyboard.press("ArrowRight")
    # wait_for_function would evaluate a text, which the page's policy forbids.
    eventually(lambda: table.evaluate("it => it.scrollLeft") > 0)


def test_escape_closes_the_pickers_on_a_phone(visits: Visits, company: Service) -> None:
    page = opened(visits, company, "overview", viewport=PHONE)
    summary = page.locator(".pickers > summary")
    expect(summary).to_contain_text("last 30 days · by week")
    expect(page.get_by_label("Buckets")).to_be_hidden()
    summary.click()
    page.get_by_label("Buckets").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Buckets")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_screen_reader_finds_its_way(visits: Visits, company: Service) -> None:
    page = opened(visits, company, "metric")
    for role in ("banner", "navigation", "main"):
        expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.locator("#status")).to_contain_text("Change lead time: ")
    group = page.get_by_role("group", name=re.compile("^Change lead time by week: 1[34] points$"))
    name = group.get_by_role("button").last.get_attribute("aria-label") or ""
    assert re.match(r"week of \d+ \w+ \d{4}, .+ \(of \d+\)", name)
    page.get_by_role("link", name="Stages").click()
    expect(page).to_have_title("Stages · Streamgauge")
    expect(page.get_by_role("link", name="Stages")).to_have_attribute("aria-current", "page")


def paper(page: Page) -> str:
    told: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return told


def test_the_theme_goes_by_the_system_until_one_is_chosen(visits: Visits, company: Service) -> None:
    light = paper(opened(visits, company, "overview"))
    page = opened(visits, company, "overview", color_scheme="dark")
    dark = paper(page)
    assert dark != light
    button = page.get_by_role("button", name="Dark")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    assert paper(page) == light
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert paper(page) == light
    page.emulate_media(color_scheme="light")
    button.click()
    assert paper(page) == dark


def test_a_chart_is_drawn_anew_in_the_colours_of_the_theme(
    visits: Visits, company: Service
) -> None:
    page = opened(visits, company, "metric")
    picture = "document.querySelector('canvas').toDataURL()"
    before = page.evaluate(picture)
    page.get_by_role("button", name="Dark").click()
    eventually(lambda: page.evaluate(picture) != before)
    expect(page.locator("canvas")).to_have_count(1)


def test_who_wants_no_motion_gets_none(visits: Visits, company: Service) -> None:
    page = opened(visits, company, "overview", reduced_motion="reduce", viewport=WIDE)
    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter((it) => {
            const style = getComputedStyle(it);
            return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
        }).length"""
    )
    assert moving == 0
