"""The company's last months, told by its tools, in the order in which they happened."""

from __future__ import annotations

from datetime import date, datetime

from streamgauge_demo import cdevents, github, kubernetes
from streamgauge_demo.company import SERVICES, ZONE
from streamgauge_demo.requests import WEEKS, Request, Window
from streamgauge_demo.story import LONGEST, history


def today() -> date:
    """The day it is for the company. This is the only place where the demo looks at a clock."""
    return datetime.now(ZONE).date()


def requests(day: date, secret: bytes, weeks: int = WEEKS) -> list[Request]:
    """Everything that is to be sent on a day; the same however often it is asked for."""
    window = Window.before(day, weeks)
    found: list[Request] = []
    for service in SERVICES:
        facts = history(service, day + LONGEST)
        found += github.requests(facts, window, secret)
        found += kubernetes.requests(facts, window)
        found += cdevents.requests(facts, window)
    return sorted(found, key=lambda request: request.at)
