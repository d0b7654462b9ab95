"""What the demo's tests share: its days, and its requests as the service would read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache

from streamgauge import CDEvent, CloudEvent, Event, WebhookRequest
from streamgauge.cloudevents import http_binding, to_sdk
from streamgauge.settings import Settings
from streamgauge_demo import play, story
from streamgauge_demo.company import SERVICES, Service
from streamgauge_demo.facts import Fact
from streamgauge_demo.requests import Request, Window
from streamgauge_github import receivers
from tests.plugins.kubernetes import builders

SECRET = b"a secret"
TODAY = date(2026, 11, 24)
DAYS = [TODAY, date(2025, 1, 1), date(2027, 3, 29)]
"""A Tuesday, a holiday, the day after the clocks changed."""
RECORDED = datetime(2040, 1, 1, tzinfo=UTC)
"""When the service took an event in; far away, so that it shows where it should not be."""


def after(day: date, days: int = 1) -> date:
    return day + timedelta(days=days)


@cache
def everything(day: date) -> list[Request]:
    """All that is sent on a day; made once, for it takes a second."""
    return play.requests(day, SECRET)


@cache
def history(service: Service, until: date = TODAY) -> list[Fact]:
    """The facts; made once."""
    return story.history(service, until)


def named(name: str) -> Service:
    return next(service for service in SERVICES if service.name == name)


def always(day: date) -> Window:
    """From the origin on."""
    return Window(datetime(2000, 1, 1, tzinfo=UTC), Window.before(day).end)


def received(request: Request) -> Event:
    """The event that the service's receiver makes of a webhook."""
    settings = Settings(plugins={"github": {"secret": SECRET.decode()}})
    (receiver,) = receivers(settings)
    headers = {name.lower(): value for name, value in request.headers.items()}
    (event,) = receiver.receive(WebhookRequest(headers, request.body, {}))
    return event


def parsed(request: Request) -> list[Event]:
    """The events that the service reads from CloudEvents."""
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    return http_binding.parse(headers, request.body, max_batch_events=10_000)


def as_sdk(event: Event) -> CloudEvent:
    return to_sdk(event.state, RECORDED)


def watched(requests: Iterable[Request], environments: str) -> list[CDEvent]:
    """The CDEvents that the Kubernetes plugin makes of the requests, in their order."""
    events = [as_sdk(event) for request in requests for event in parsed(request)]
    return builders.fold(events, builders.transformer(environments=environments))
