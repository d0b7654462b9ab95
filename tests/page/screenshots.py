"""``make screenshots``: the main views as images for the docs: the demo's company on a fixed day.

The fonts are those of the machine: Debian's fonts-inter has the one that the page likes best.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from streamgauge import new_event
from streamgauge.postgres.embedded import EmbeddedPostgres
from streamgauge_demo import kubernetes, play
from streamgauge_demo.client import send
from tests.page.browsing import ARGUMENTS, PHONE, executable
from tests.page.conftest import SECRET, TEAMS
from tests.service import Service

DAY: Final = date(2026, 11, 24)
FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
SIZE: Final = {"width": 1180, "height": 780}
ZONE: Final = "Europe/Copenhagen"
VIEWS: Final[dict[str, tuple[str, str]]] = {
    "overview": ("", ".breakdown tbody"),
    "metric": ("#/metric/change_lead_time", ".point"),
    "explanation": (
        "#/explain/change_lead_time?start=2026-11-02&end=2026-11-09",
        ".item:not(.out)",
    ),
    "definitions": ("#/compare?by=dora2025&by=gitlab&by=fourkeys", ".point"),
    "stages": ("#/stages", ".letter"),
    "live": ("#/live", ".line"),
}
DARK_TOO: Final = ("overview",)
PHONE_TOO: Final = ("overview", "live")
BROKEN: Final = new_event(
    id="7c1f", source="/release-tool", type="dev.cdevents.service.deployed.0.3.0", data={}
)


def main() -> int:
    """Write the images; 1 where there is no Chromium."""
    path = executable()
    if path is None:
        print("there is no Chromium on the PATH: apt install chromium", file=sys.stderr)  # noqa: T201
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sg-") as name, sync_playwright() as playwright:
        folder = Path(name)
        folder.chmod(0o755)
        browser = playwright.chromium.launch(
            executable_path=path, chromium_sandbox=False, args=ARGUMENTS
        )
        (folder / "teams.toml").write_text(TEAMS)
        environ = {
            **kubernetes.SETTINGS,
            "STREAMGAUGE_GITHUB_SECRET": SECRET,
            "STREAMGAUGE_TEAMS": str(folder / "teams.toml"),
        }
        with (
            EmbeddedPostgres.acquire(folder / "postgres", database="screenshots") as postgres,
            Service.running(postgres.url, environ=environ) as service,
        ):
            _fill(service)
            _pictures(browser, service)
        browser.close()
    return 0


def _fill(service: Service) -> None:
    requests = play.requests(DAY, SECRET.encode())
    send("127.0.0.1", service.port, requests, lambda done: None)
    service.send(BROKEN)
    service.settle()


def _pictures(browser: Browser, service: Service) -> None:
    for view in VIEWS:
        _picture(browser, service, view, f"{view}-light", SIZE, color_scheme="light")
    for view in DARK_TOO:
        _picture(browser, service, view, f"{view}-dark", SIZE, color_scheme="dark")
    for view in PHONE_TOO:
        _picture(browser, service, view, f"{view}-phone", PHONE, is_mobile=True)


def _picture(
    browser: Browser, service: Service, view: str, name: str, size: dict[str, int], **more: Any
) -> None:
    address, shown = VIEWS[view]
    context = browser.new_context(viewport=size, timezone_id=ZONE, locale="en-GB", **more)
    page = context.new_page()
    page.clock.set_fixed_time(f"{DAY}T08:00:00Z")
    page.goto(f"http://127.0.0.1:{service.port}/{address}")
    page.locator(shown).first.wait_for()
    page.wait_for_load_state("load")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
