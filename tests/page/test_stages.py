"""Stages: positions, lag, replays at work, and dead letters that are retried and skipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from streamgauge import new_event
from streamgauge.postgres.database import Database
from tests.conftest import fresh_database
from tests.page.browsing import Visits
from tests.service import Service, eventually

TOKEN = "a-token-of-the-tests"
BROKEN = [
    new_event(id=f"broken-{n}", source="/b", type="dev.cdevents.service.deployed.0.3.0", data={})
    for n in range(3)
]


@pytest.fixture(scope="module")
def parked(server_url: str) -> Iterator[Service]:
    """A service that could not handle three events, and of which only some may change anything."""
    environ = {"STREAMGAUGE_ADMIN_TOKENS": TOKEN, "STREAMGAUGE_OPEN": "ingest,read"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        for event in BROKEN:
            service.send(event)
        service.settle()
        yield service


def letters(page: Page) -> Page:
    page.locator(".letter").first.wait_for()
    return page


def test_each_stage_tells_how_far_it_is(visits: Visits, company: Service) -> None:
    page = visits.open(company, "#/stages?tz=UTC")
    items = company.get("/v1/projections").json["items"]
    table = page.get_by_role("table", name="Stages")
    expect(table.get_by_role("rowheader")).to_have_count(len(items))
    row = table.get_by_role("row").nth(1)
    expect(row).to_contain_text(f"{items[0]['position']:,} of {items[0]['head']:,}")
    expect(row.get_by_role("progressbar")).to_have_count(1)
    expect(page.get_by_role("heading", name="No dead letters")).to_be_visible()


def test_it_goes_along_with_what_comes_in(visits: Visits, listening: Service) -> None:
    page = visits.open(listening, "#/stages?tz=UTC")
    row = page.get_by_role("table", name="Stages").get_by_role("row").nth(1)
    head = listening.get("/v1/projections").json["items"][0]["head"]
    expect(row).to_contain_text(f"{head} of {head}")
    listening.send(new_event(id="more", source="/stages", type="com.example.more", data={}))
    expect(row).to_contain_text(f"{head + 1} of {head + 1}")


def test_a_replay_at_work_shows_its_progress(visits: Visits, parked: Service) -> None:
    """As an interrupted worker leaves it: it stands where it was."""
    with Database(parked.environ["DATABASE_URL"]) as database, database.transaction() as cursor:
        cursor.execute(
            "insert into replays (stage, action, asked_by, state, step, position, head) values"
            " ('delivery', 'compare', 'api', 'running', 'links', 30, 120) returning replay_id"
        )
        (number,) = cursor.fetchone() or (None,)
    try:
        page = visits.open(parked, "#/stages?tz=UTC")
        row = page.get_by_role("row").filter(has_text="delivery").first
        bar = row.get_by_role("progressbar", name="Replay, links: 30 of 120")
        expect(bar).to_be_visible()
        assert bar.evaluate("bar => bar.position") == 0.25
    finally:
        with Database(parked.environ["DATABASE_URL"]) as database:
            with database.transaction() as cursor:
                cursor.execute("delete from replays where replay_id = %s", (number,))


def test_a_dead_letter_is_retried_with_a_token(visits: Visits, parked: Service) -> None:
    page = letters(visits.open(parked, "#/stages?tz=UTC", refused=[401]))
    expect(page.locator(".letter")).to_have_count(3)
    letter = page.locator(".letter").first
    expect(letter.locator(".why")).to_contain_text("the required member is missing")
    letter.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="A token is needed")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    letter.get_by_role("button", name="Retry").click()
    dialog.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    attempts = eventually(
        lambda: max(item["attempts"] for item in parked.get("/v1/dead-letters").json["items"]) > 1
    )
    assert attempts
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("Object.values(sessionStorage)") == [TOKEN]


def test_to_skip_one_takes_two_presses(visits: Visits, parked: Service) -> None:
    page = letters(visits.open(parked, "#/stages?tz=UTC"))
    page.evaluate(f"sessionStorage.setItem('streamgauge-token', '{TOKEN}')")
    before = page.locator(".letter").count()
    letter = page.locator(".letter").last
    letter.get_by_role("button", name="Skip").click()
    sure = letter.get_by_role("button", name="Skip it for good?")
    expect(sure).to_be_visible()
    assert len(parked.get("/v1/dead-letters", state="skipped").json["items"]) == 0
    sure.click()
    expect(page.locator(".letter")).to_have_count(before - 1)
    page.get_by_label("State").select_option("Skipped")
    expect(page.locator(".letter")).to_have_count(1)
    expect(page.locator(".letter .chip")).to_have_text("skipped")


def test_the_event_of_a_dead_letter_can_be_read(visits: Visits, parked: Service) -> None:
    page = letters(visits.open(parked, "#/stages?tz=UTC"))
    letter = page.locator(".letter").first
    letter.get_by_role("button", name="Show the event").click()
    expect(letter.locator("pre")).to_contain_text('"source": "/b"')


def test_dead_letters_appear_change_and_keep_the_focus(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        service.settle()
        page = visits.open(service, "#/stages?tz=UTC", gone=True)
        expect(page.get_by_role("heading", name="No dead letters")).to_be_visible()
        for event in BROKEN:
            service.send(event)
        expect(page.locator(".letter")).to_have_count(3)
        page.get_by_role("button", name="Retry").nth(1).focus()
        page.keyboard.press("Enter")
        # Its states pass by themselves: queued, and parked again after another try.
        second = page.locator(".letter").filter(has_text="2 attempts")
        expect(second.locator(".chip")).to_have_text("parked")
        expect(second.get_by_role("button", name="Retry")).to_be_focused()
        second.get_by_role("button", name="Skip").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(".letter")).to_have_count(2)
        assert page.evaluate("document.activeElement.closest('.letter') !== null")
        page.get_by_label("State").select_option("Queued")
        expect(page.get_by_role("heading", name="None is queued")).to_be_visible()
        expect(page.get_by_text("Whatever came in could be handled")).to_have_count(0)


def test_more_dead_letters_take_the_focus(visits: Visits, server_url: str) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        many = [new_event(id=f"m{n}", source="/b", type=BROKEN[0].type, data={}) for n in range(52)]
        service.send_batch(many)
        service.settle()
        page = letters(visits.open(service, "#/stages?tz=UTC", gone=True))
        page.get_by_role("button", name="More").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".letter")).to_have_count(52)
        retry = page.locator(".letter").nth(50).get_by_role("button", name="Retry")
        expect(retry).to_be_focused()


def test_one_token_is_asked_for_and_serves_the_whole_view(visits: Visits, server_url: str) -> None:
    environ = {"STREAMGAUGE_READ_TOKENS": TOKEN, "STREAMGAUGE_ADMIN_TOKENS": f"{TOKEN}-2"}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        page = visits.open(service, "#/stages?tz=UTC", refused=[401], gone=True)
        expect(page.get_by_label("Token")).to_have_count(1)
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_role("table", name="Stages")).to_be_visible()
        expect(page.get_by_role("heading", name="No dead letters")).to_be_visible()
        expect(page.get_by_label("Token")).to_have_count(0)
        page.context.close()
