"""Empty, refused, away: each says what to do next."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from playwright.sync_api import Page, expect
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from streamgauge import new_event
from tests.conftest import fresh_database
from tests.page.browsing import Visits
from tests.service import Service, eventually


def test_where_nothing_came_the_first_event_is_sent_by_the_shown_command(
    visits: Visits, server_url: str
) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        page = visits.open(service)
        expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
        said = send_the_first(page)
        assert "202" in said
        assert "deviating: 0" in said.lower()
        service.settle()
        # It looks again by itself.
        expect(page.locator(".card")).to_have_count(5)
        expect(page.locator(".card").first).to_contain_text("1 deployment")


def test_events_without_a_deployment_are_told_apart_from_none(
    visits: Visits, server_url: str
) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.send(new_event(id="1", source="/x", type="com.example.thing", data={}))
        service.settle()
        page = visits.open(service)
        heading = page.get_by_role("heading", name="No deployments yet")
        expect(heading.or_(page.get_by_role("heading", name="No events yet"))).to_be_visible()


def test_other_views_of_an_empty_service_say_so(visits: Visits, nothing: Service) -> None:
    page = visits.open(nothing, "#/metric/change_lead_time?tz=UTC")
    expect(page.locator(".summary")).to_contain_text("no change")
    page.get_by_role("link", name="What it is made of").click()
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    page.get_by_role("link", name="Stages").click()
    expect(page.get_by_role("heading", name="No dead letters")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#/no/such/view")
    expect(page.get_by_role("heading", name="There is no such view")).to_be_visible()


def test_no_teams_are_told_with_how_to_name_some(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        page = visits.open(service)
        send_the_first(page)
        service.settle()
        page.reload()
        expect(page.get_by_label("Team")).to_be_hidden()
        page.get_by_role("button", name="Team").click()
        expect(page.get_by_role("heading", name="No teams yet")).to_be_visible()


TOKEN = "a-token-of-the-tests"


def test_who_needs_a_token_is_asked_for_it(visits: Visits, server_url: str) -> None:
    environ = {"STREAMGAUGE_READ_TOKENS": TOKEN, "STREAMGAUGE_ADMIN_TOKENS": f"{TOKEN}-2"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        shown = {"authorization": f"Bearer {TOKEN}"}
        eventually(lambda: service.request("GET", "/v1/overview", headers=shown).status == 200)
        page = visits.open(service, refused=[401])
        problem = page.get_by_role("group", name="Problem").first
        expect(problem).to_contain_text("A token is needed")
        problem.get_by_label("Token").fill("not-a-token-of-the-tests")
        page.keyboard.press("Enter")
        expect(problem.get_by_label("Token")).to_have_value("")
        expect(problem.get_by_label("Token")).to_be_focused()
        problem.get_by_label("Token").fill(TOKEN)
        problem.get_by_role("button", name="Use it").click()
        expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        page.get_by_role("navigation").get_by_role("link", name="Live").click()
        expect(page.get_by_text("Connected: new events appear here")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Connected: new events appear here")).to_be_visible()
        other = visits.open(service, "#/stages?tz=UTC", refused=[401])
        expect(other.get_by_label("Token").first).to_be_visible()
        # Before the service ends, of which both views ask something all the time.
        for each in (page, other):
            each.context.close()


def test_while_postgres_is_gone_the_page_says_so_and_tries_again(
    visits: Visits, server_url: str
) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        page = visits.open(service, refused=[503])
        expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
        with gone(url):
            page.reload()
            problem = page.get_by_role("group", name="Problem").first
            expect(problem).to_contain_text("Temporarily unavailable")
            expect(problem).to_contain_text("streamgauge doctor")
            expect(problem).to_contain_text("This page tries again by itself")
        expect(page.get_by_role("heading", name="No events yet")).to_be_visible()


def test_a_service_that_ended_is_told_from_one_that_refuses(
    visits: Visits, server_url: str
) -> None:
    with fresh_database(server_url) as url:
        with Service.running(url) as service:
            service.settle()
            page = visits.open(service, gone=True)
            expect(page.get_by_role("heading", name="No events yet")).to_be_visible()
        page.get_by_label("Buckets").select_option("Month")
        problem = page.get_by_role("group", name="Problem").first
        expect(problem).to_contain_text("The service does not answer")


def send_the_first(page: Page) -> str:
    """Run the command that the page shows, as it is; what curl says."""
    command = page.locator(".command pre").inner_text()
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout


@contextmanager
def gone(url: str) -> Iterator[None]:
    """Nobody can connect to the database, and who was connected is not any more."""
    name = conninfo_to_dict(url)["dbname"]
    admin = make_conninfo(**{**conninfo_to_dict(url), "dbname": "postgres"})
    statement = "alter database {} with allow_connections {}"
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(SQL(statement).format(Identifier(str(name)), SQL("false")))
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
        )
        try:
            yield
        finally:
            conn.execute(SQL(statement).format(Identifier(str(name)), SQL("true")))


@pytest.mark.parametrize("name", ["constructor", "toString", "__proto__", "hasOwnProperty"])
def test_a_name_that_every_object_has_is_no_view(
    visits: Visits, nothing: Service, name: str
) -> None:
    page = visits.open(nothing, f"#/{name}?tz=UTC")
    expect(page.get_by_role("heading", name="There is no such view")).to_be_visible()
    page.goto(page.url.split("#")[0] + f"#/?tz=UTC&days={name}&interval=week")
    expect(page.get_by_label("Range", exact=True)).to_have_value("90")


@pytest.mark.parametrize(
    "view",
    [
        "lineage/..%2F..%2Fv1%2Fmetrics",
        "lineage/..",
        "lineage/.",
        "lineage/a%2F..%2F..%2Fmetrics",
        "metric/..",
        "metric/change_lead_time%2Fexplain",
        "explain/..%2Foverview",
    ],
)
def test_an_id_cannot_lead_the_request_elsewhere(
    visits: Visits, nothing: Service, view: str
) -> None:
    page = visits.open(nothing, f"#/{view}?tz=UTC", refused=[404])
    expect(page.get_by_role("group", name="Problem")).to_contain_text("There is no such thing")
    asked = [path for path in visits.requests if path.startswith("/v1/")]
    assert [path for path in asked if not path.startswith("/v1/overview")] == []


def test_without_a_clipboard_the_command_is_selected(visits: Visits, nothing: Service) -> None:
    """As over plain http from another machine."""
    page = visits.open(nothing, "#/?tz=UTC")
    copy = page.get_by_role("button", name="Copy")
    copy.wait_for()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.execCommand = () => false")
    copy.click()
    expect(page.get_by_role("button", name="It is selected: copy it")).to_be_visible()
    command = page.locator(".command pre").inner_text()
    assert page.evaluate("getSelection().toString()").strip() == command.strip()


def test_a_fault_of_the_page_is_told(visits: Visits, nothing: Service) -> None:
    page = visits.open(nothing, "#/stages?tz=UTC")
    page.route("**/v1/metrics/change_lead_time?*", lambda route: route.fulfill(body="[]"))
    with page.expect_event("pageerror"):  # it may come later than what is shown
        page.goto(page.url.split("#")[0] + "#/metric/change_lead_time?tz=UTC")
    expect(page.get_by_role("group", name="Problem")).to_contain_text("a fault of this page")
    assert len(visits.wrong) == 1
    visits.wrong.clear()
