"""What is shown stays true by itself, and a view that is gone back to is as it was left."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from streamgauge.cdevents import in_cloudevent
from tests.conftest import fresh_database
from tests.dora.world import deployed
from tests.page.browsing import Visits
from tests.service import Service, eventually

RANGE = "from=2026-01-01&to=2026-02-01&tz=UTC"


def look_again(page: Page) -> None:
    """As whoever comes back to the window."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def settled(page: Page) -> Page:
    expect(page.locator(".loading")).to_have_count(0)
    expect(page.locator("[aria-busy]")).to_have_count(0)
    return page


def sent(service: Service, name: str, hours: float) -> None:
    event = deployed(name, hours, environment="production")
    assert service.send(in_cloudevent(event), "/cdevents").status == 202
    service.settle()


def test_numbers_are_asked_for_again_and_the_focus_stays(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        sent(service, "first", 0)
        page = settled(visits.open(service, f"#/?{RANGE}"))
        expect(page.locator(".card").first).to_contain_text("1 deployment")
        link = page.get_by_role("link", name="Change fail rate")
        link.focus()
        sent(service, "second", 30)
        look_again(page)
        expect(page.locator(".card").first).to_contain_text("2 deployments")
        expect(link).to_be_focused()


def test_what_is_the_same_is_not_drawn_anew(visits: Visits, company: Service) -> None:
    page = settled(visits.open(company, "#/metric/change_lead_time?days=30&tz=UTC"))
    page.locator(".point").first.wait_for()
    expect(page.get_by_label("Service", exact=True).get_by_role("option")).to_have_count(6)
    page.evaluate("document.querySelector('canvas').dataset.drawn = 'once'")
    with page.expect_response(lambda answer: "/v1/metrics/change_lead_time" in answer.url):
        look_again(page)
    settled(page)
    expect(page.locator("canvas")).to_have_attribute("data-drawn", "once")


def test_numbers_that_could_not_be_asked_for_again_say_so(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url:
        with Service.running(url) as service:
            sent(service, "first", 0)
            page = settled(visits.open(service, f"#/?{RANGE}", gone=True))
            port = service.port
        look_again(page)
        expect(page.locator(".late").first).to_contain_text("Not up to date")
        expect(page.locator(".card")).to_have_count(5)
        with Service.running(url, port=port):
            look_again(page)
            expect(page.locator(".late")).to_have_count(0)
            page.context.close()


def test_the_way_back_from_a_lineage_leads_to_where_one_was(
    visits: Visits, company: Service
) -> None:
    view = "#/explain/deployment_frequency?days=90&tz=Asia/Tokyo&definition=fourkeys"
    page = settled(visits.open(company, view))
    link = page.locator(".item:visible a").nth(60)
    link.scroll_into_view_if_needed()
    was = page.evaluate("scrollY")
    assert was > 500
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")
    for part in ("days=90", "tz=Asia%2FTokyo", "definition=fourkeys"):
        assert part in page.url
    eventually(lambda: page.evaluate("scrollY") < 100)
    page.go_back()
    eventually(lambda: abs(page.evaluate("scrollY") - was) < 5)
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")


def test_more_items_take_the_focus_and_are_there_on_the_way_back(
    visits: Visits, company: Service
) -> None:
    view = "#/explain/change_lead_time?days=90&tz=UTC&definition=fourkeys"
    page = settled(visits.open(company, view))
    page.get_by_role("button", name="More (").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="More (200")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.item') !== null")
    loaded = page.locator(".item").count()
    assert loaded > 200
    page.locator(".item:visible h2 a").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lineage")
    page.go_back()
    expect(page.locator(".item")).to_have_count(loaded)


def test_a_press_that_does_not_work_says_so(visits: Visits, company: Service) -> None:
    view = "#/explain/change_lead_time?days=90&tz=UTC&definition=fourkeys"
    page = settled(visits.open(company, view, gone=True))
    page.route("**/explain?*cursor=*", lambda route: route.abort())
    more = page.get_by_role("button", name="More (")
    more.click()
    expect(page.get_by_role("alert")).to_contain_text("The service does not answer")
    page.unroute("**/explain?*cursor=*")
    more.click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name="More (200")).to_have_count(0)


def test_the_definitions_that_were_picked_stay_picked(visits: Visits, company: Service) -> None:
    page = settled(visits.open(company, "#/compare?tz=UTC&by=dora2025&by=gitlab"))
    views = page.get_by_role("navigation", name="Views")
    views.get_by_role("link", name="Stages").click()
    expect(page.get_by_role("table", name="Stages")).to_be_visible()
    views.get_by_role("link", name="Definitions").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
