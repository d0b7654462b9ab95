"""The live view: events as they come in, filtered, paused, and one of them as a whole."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from streamgauge import Event, new_event
from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.dora.world import deployed
from tests.page.browsing import PHONE, Visits
from tests.service import Service


def an_event(name: str, type: str = "com.example.live", source: str = "/live") -> Event:
    return new_event(id=name, source=source, type=type, data={"name": name}, subject=name)


def connected(page: Page) -> Page:
    expect(page.get_by_text("Connected: new events appear here")).to_be_visible()
    return page


def test_events_appear_as_they_come_in(visits: Visits, listening: Service) -> None:
    listening.send(an_event("before"))
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    expect(page.locator(".line").first).to_contain_text("before")
    listening.send(an_event("one"))
    expect(page.locator(".line").first).to_contain_text("one")
    listening.send_batch([an_event("two"), an_event("three")])
    expect(page.locator(".line").first).to_contain_text("three")
    expect(page.locator(".line").nth(1)).to_contain_text("two")
    expect(page.locator(".line").first).to_contain_text("com.example.live")


def test_cdevents_have_a_view_of_their_own(visits: Visits, listening: Service) -> None:
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    page.get_by_role("button", name="CDEvents").click()
    connected(page)
    listening.send(in_cloudevent(deployed("live", 1, service="tram")), "/cdevents")
    expect(page.locator(".line").first).to_contain_text("dev.cdevents.service.deployed")
    expect(page.locator(".line").first).to_contain_text("tram")
    assert "log=cdevents" in page.url


def test_they_can_be_filtered_by_type_and_source(visits: Visits, listening: Service) -> None:
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    page.get_by_label("Type").fill("wanted")
    page.get_by_label("Type").press("Enter")
    page.get_by_label("Source").fill("/her*")
    page.get_by_label("Source").press("Enter")
    expect(page.get_by_text("None of the newest")).to_be_visible()
    listening.send(an_event("a", "com.example.other", "/here"))
    listening.send(an_event("b", "com.example.wanted", "/there"))
    listening.send(an_event("c", "com.example.wanted", "/here"))
    expect(page.locator(".line")).to_have_count(1)
    expect(page.locator(".line")).to_contain_text("/here · c")
    page.reload()
    expect(page.get_by_label("Type")).to_have_value("wanted")
    expect(page.locator(".line")).to_have_count(1)


def test_what_comes_while_it_is_paused_is_kept_back(visits: Visits, listening: Service) -> None:
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    before = page.locator(".line").count()
    page.get_by_role("button", name="Pause").click()
    listening.send(an_event("kept"))
    expect(page.get_by_text("Paused. 1 event kept back.")).to_be_visible()
    expect(page.locator(".line")).to_have_count(before)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".line").first).to_contain_text("kept")


def test_an_event_can_be_read_as_a_whole(visits: Visits, listening: Service) -> None:
    listening.send(an_event("whole"))
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    line = page.locator(".line").first
    line.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("com.example.live")
    event = json.loads(dialog.locator("pre").inner_text())
    assert (event["id"], event["data"]) == ("whole", {"name": "whole"})
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(line).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".why")).to_contain_text("no transformer makes a CDEvent of it")


def test_the_feed_ends_with_the_view(visits: Visits, listening: Service) -> None:
    page = connected(visits.open(listening, "#/live?tz=UTC"))
    with page.expect_event("requestfailed", lambda request: "/v1/live" in request.url):
        page.get_by_role("link", name="Stages").click()
    expect(page.get_by_role("table", name="Stages")).to_be_visible()


def test_what_came_before_is_looked_for_by_the_filters(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        wanted = [an_event(f"wanted-{n}") for n in range(3)]
        others = [an_event(f"other-{n}", "com.example.flood") for n in range(450)]
        service.send_batch([*wanted, *others])
        service.settle()
        page = connected(visits.open(service, "#/live?tz=UTC&type=example.live", gone=True))
        expect(page.locator(".line")).to_have_count(3)
        expect(page.locator(".line").first).to_contain_text("wanted-2")
        service.send(an_event("wanted-3"))
        expect(page.locator(".line").first).to_contain_text("wanted-3")
        page.context.close()


def test_a_line_on_a_phone_is_read_across(visits: Visits, listening: Service) -> None:
    listening.send(
        an_event("a-subject-that-is-rather-long-" * 3, source="/a/source/of/some/length")
    )
    page = connected(visits.open(listening, "#/live?tz=UTC", viewport=PHONE, is_mobile=True))
    line = page.locator(".line").first
    time = line.locator("time").bounding_box()
    assert time is not None
    assert time["width"] > 200
    assert time["height"] < 30
