"""A page in a real Chromium that fails its test on any error, and on any request elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.service import Service

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Whatever is not on this machine does not exist: the page has to work without the internet.
ARGUMENTS = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 780}
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
_FAILED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


def executable() -> str | None:
    """The system's Chromium, if it has one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Visits:
    """Opens pages, and keeps what went wrong in them."""

    browser: Browser
    wrong: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """The paths that were asked for, with their queries."""

    def open(
        self,
        service: Service,
        view: str = "",
        *,
        refused: Collection[int] = (),
        gone: bool = False,
        **options: Any,
    ) -> Page:
        """The view in a context of its own. `refused` are statuses that answers may have, `gone`:
        the service may be away."""
        options = {"viewport": WIDE, "timezone_id": "UTC", "locale": "en-GB", **options}
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        origin = f"http://127.0.0.1:{service.port}"
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("console", lambda message: self._console(message, refused, gone))
        page.on("request", lambda request: self._request(request, origin))
        page.goto(f"{origin}/{view}")
        return page

    def _console(self, message: ConsoleMessage, refused: Collection[int], gone: bool) -> None:
        if message.type not in ("error", "warning"):
            return
        found = _FAILED.match(message.text)
        if found is not None and int(found[1]) in refused:
            return
        if gone and "net::ERR_" in message.text:
            return
        self.wrong.append(f"console: {message.text} at {message.location}")

    def _request(self, request: Request, origin: str) -> None:
        url = urlsplit(request.url)
        if url.scheme == "data":
            return
        if f"{url.scheme}://{url.netloc}" != origin:
            self.wrong.append(f"a request elsewhere: {request.url}")
        self.requests.append(url.path + (f"?{url.query}" if url.query else ""))

    def close(self) -> None:
        """Close all, and say what went wrong."""
        for context in self.browser.contexts:
            context.close()
        assert not self.wrong, self.wrong


def cards(page: Page) -> Page:
    """The overview, once it has its five metrics."""
    expect(page.locator(".card")).to_have_count(5)
    return page


def overflow(page: Page) -> int:
    """By how many pixels the document is wider than the window."""
    wide: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide
