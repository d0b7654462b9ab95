"""What events hold is shown as it is, and is never markup: in every field that a view shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from streamgauge import new_event
from streamgauge.cdevents import in_cloudevent
from tests.conftest import ROOT, fresh_database
from tests.dora.world import change, deployed, failed, incident, key_of, pushed
from tests.page.browsing import Visits
from tests.service import Service

EVIL = """<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>"""
SERVICE = f"shop {EVIL}"
RANGE = "from=2026-01-01&to=2026-02-01&tz=UTC"
FIRST = deployed(
    "first", 0, "c0", service=SERVICE, environment="production", artifact=f"pkg:x/{EVIL}"
)
SECOND = deployed("second", 30, "c1", service=SERVICE, environment="production")
EVENTS = [
    pushed(-2, "c0"),
    FIRST,
    pushed(20, "c1", written={"c1": 19}),
    change("merged", 7, 20, "c1", title=EVIL, author=EVIL, head="c1"),
    SECOND,
    deployed("staged", 31, "c1", service=SERVICE, environment=EVIL),
    failed("tried", 32, "c1", service=SERVICE),
    incident("detected", EVIL, 31, service=SERVICE, title=EVIL),
    incident("resolved", EVIL, 33, service=SERVICE, title=EVIL),
]


@pytest.fixture(scope="module")
def attacked(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service to which somebody has sent markup wherever it may stand."""
    teams: Path = tmp_path_factory.mktemp("teams") / "teams.toml"
    teams.write_text(f"[[team]]\nname = '''{EVIL}'''\nservices = ['''{SERVICE}''']\n")
    environ = {"STREAMGAUGE_TEAMS": str(teams)}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        for event in EVENTS:
            assert service.send(in_cloudevent(event), "/cdevents").status == 202
        # A source is a URI: it cannot hold any.
        plain = new_event(id=EVIL, source="/x", type=EVIL, subject=EVIL, data={EVIL: EVIL})
        broken = new_event(
            id=f"broken {EVIL}",
            source="/b",
            type="dev.cdevents.service.deployed.0.3.0",
            data={"context": {"type": EVIL}},
        )
        assert service.send(plain).status == 202
        assert service.send(broken).status == 202
        service.settle()
        yield service


VIEWS = {
    "overview": f"#/?{RANGE}",
    "environments": f"#/?{RANGE}&by=environment",
    "teams": f"#/?{RANGE}&by=team",
    "a filter": f"#/?{RANGE}&service=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    "lead time": f"#/metric/change_lead_time?{RANGE}",
    "lead time explained": f"#/explain/change_lead_time?{RANGE}&start=2026-01-01&end=2026-02-01",
    "fail rate explained": f"#/explain/change_fail_rate?{RANGE}&start=2026-01-01&end=2026-02-01",
    "a deployment": f"#/lineage/{key_of(SECOND)}?tz=UTC",
    "stages": "#/stages?tz=UTC",
    "live": "#/live?tz=UTC",
    "live CDEvents": "#/live?tz=UTC&log=cdevents",
}
SHOWN = {"overview", "teams", "lead time explained", "fail rate explained", "live"}


def opened(page: Page) -> str:
    """All that the view shows, with everything that can be unfolded unfolded."""
    expect(page.locator("[aria-busy]")).to_have_count(0)
    expect(page.locator(".loading")).to_have_count(0)
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for box in page.get_by_role("checkbox").all():
        box.check()
    return page.locator("main").inner_text()


@pytest.mark.parametrize("view", VIEWS)
def test_no_field_of_an_event_is_markup(visits: Visits, attacked: Service, view: str) -> None:
    page = visits.open(attacked, VIEWS[view])
    page.locator("main :is(.card, .point, .item, .told, .letter, .line):visible").first.wait_for()
    said = opened(page)
    assert page.locator("main img, main script, main [onerror]").count() == 0
    assert "pwned" not in page.title()
    if view in SHOWN:
        assert EVIL in said


# To who reads them, they are "shop": turned about, or with a letter that cannot be seen.
TURNED = {"\u202epohs": r"\u202epohs", "shop\u200b": r"shop\u200b", "\u2066shop": r"\u2066shop"}


def test_a_name_cannot_pass_for_another_by_characters_that_nobody_sees(
    visits: Visits, server_url: str
) -> None:
    with fresh_database(server_url) as url, Service.running(url) as service:
        for n, name in enumerate(["shop", *TURNED]):
            event = deployed(f"d{n}", n, service=name, environment="production")
            assert service.send(in_cloudevent(event), "/cdevents").status == 202
        service.settle()
        page = visits.open(service, f"#/?{RANGE}")
        table = page.get_by_role("table", name="The metrics by service")
        expect(table.get_by_role("row")).to_have_count(2 + len(TURNED))
        shown = table.get_by_role("rowheader").all_inner_texts()
        assert set(shown) == {"shop", *TURNED.values()}
        # What is picked is the name itself.
        table.get_by_role("link", name=r"\u202epohs").click()
        expect(page.locator(".card").first).to_contain_text("1 deployment")
        assert "service=%E2%80%AEpohs" in page.url


def test_names_from_right_to_left_move_nothing_beside_them(
    visits: Visits, attacked: Service
) -> None:
    page = visits.open(attacked, "#/live?tz=UTC")
    texts = page.locator(".line .soft bdi")
    texts.first.wait_for()
    table = visits.open(attacked, f"#/?{RANGE}").get_by_role("rowheader").last
    assert table.evaluate("it => getComputedStyle(it).unicodeBidi") == "isolate"


def test_a_dialog_shows_an_event_as_text(visits: Visits, attacked: Service) -> None:
    page = visits.open(attacked, "#/live?tz=UTC")
    page.locator(".line").filter(has_text="onerror").last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.locator("img, script").count() == 0
    page.keyboard.press("Escape")
    page.goto(page.url.split("#")[0] + "#/stages?tz=UTC")
    page.get_by_role("button", name="Show the event").first.click()
    expect(page.locator(".letter pre").first).to_contain_text("onerror")
    assert page.locator("main img").count() == 0


def test_no_module_makes_markup_of_text() -> None:
    """Where none of these stands, there is nothing that could take a text for markup."""
    folder = ROOT / "http" / "streamgauge_http" / "page"
    modules = [path for path in folder.glob("*.js") if path.name != "uplot.js"]
    assert len(modules) > 20
    forbidden = (
        *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "eval("),
        *("Function(", "DOMParser", "createContextualFragment", "setHTML"),
    )
    for path in modules:
        text = path.read_text()
        assert [word for word in forbidden if word in text] == [], path
