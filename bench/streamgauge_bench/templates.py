"""Events by the million, streamed: each has an id, a time and a service of its own.

What they say otherwise comes from a thousand events that went through the router.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, NamedTuple
from uuid import UUID

from streamgauge import Event, cdevents, json_codec
from streamgauge.plugins import Plugins
from streamgauge.routing.router import routing_table
from streamgauge.routing.states import States
from streamgauge.routing.transform import Transformation
from streamgauge.streams.cloudevents_log import identity
from streamgauge.streams.recorder import DEFAULT_TENANT, RecordedRow
from streamgauge_bench.events import mixed
from streamgauge_bench.reading import cdevent

ROUTED = 1000
START = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=730)
"""The events are spread evenly over it."""
DEPLOYMENTS_OF_A_SERVICE = 1000
"""More events are of more services, so that a question about one has the same answer."""
_DEPLOYED = "dev.cdevents.service."

CDEventRow = tuple[str, UUID, int, str, bytes, int, datetime, int, str]
"""A row of the log of CDEvents, in the order of its columns."""


class Template(NamedTuple):
    """A CDEvent with places for what is to be its own."""

    topic: str
    source: str
    transformer: str
    state: bytes
    """For the operator %, with ``%(id)b``, ``%(time)b`` and, of a deployment, ``%(service)b``."""

    @property
    def deploys(self) -> bool:
        """Whether it becomes a deployment."""
        return self.topic.startswith(_DEPLOYED)


def routed(plugins: Plugins) -> list[Template]:
    """The CDEvents that the router makes of a thousand events: 43 of 100 are deployments.

    Raises RuntimeError where a transformer fails.
    """
    transformation = Transformation(plugins, routing_table(plugins, plugins.settings))
    rows = [
        RecordedRow(place, DEFAULT_TENANT, event.type, event.state, START, b"")
        for place, event in enumerate(mixed(ROUTED), start=1)
    ]
    outcome = transformation.run(transformation.tasks(rows), States({}))
    if outcome.failures:
        raise RuntimeError(f"an event of the benchmark failed: {outcome.failures[0].reason}")
    return [_template(item.type, item.transformer, item.state) for item in outcome.derived]


def a_tenth_deploys(templates: list[Template]) -> Iterator[Template]:
    """The same templates for ever, so that one of ten is a deployment."""
    deployments = cycle(template for template in templates if template.deploys)
    others = cycle(template for template in templates if not template.deploys)
    while True:
        yield next(deployments)
        for _ in range(9):
            yield next(others)


def cdevent_rows(templates: Iterator[Template], count: int, services: int) -> Iterator[CDEventRow]:
    """A log of `count` CDEvents, whose deployments are of so many `services`."""
    step = SPAN / count
    deployed = 0
    for position, template in zip(range(1, count + 1), templates, strict=False):
        when = START + step * position
        event_id = _event_id(position)
        deployed += template.deploys
        state = template.state % {
            b"id": event_id.encode(),
            b"time": when.isoformat().encode(),
            b"service": service(deployed % services).encode(),
        }
        key = identity(template.source, event_id)
        yield (
            DEFAULT_TENANT, key, 1, template.topic, state, position, when, position,
            template.transformer,
        )  # fmt: skip


def service(number: int) -> str:
    """The name of one of the services."""
    return f"service-{number:06d}"


def services(deployments: int) -> int:
    """How many services so many deployments are of."""
    return max(1, deployments // DEPLOYMENTS_OF_A_SERVICE)


def cloudevents(first: int) -> Iterator[Event]:
    """CloudEvents for ever, numbered from `first`, each around a CDEvent of 1,000 bytes."""
    event = cdevents.in_cloudevent(cdevent(0))
    state = event.state.replace(b"%", b"%%").replace(event.id.encode(), b"%(id)b")
    number = first
    while True:
        event_id = _event_id(number)
        yield Event(event.source, event_id, event.type, state % {b"id": event_id.encode()})
        number += 1


def _event_id(number: int) -> str:
    return f"{number:036}"  # as long as a UUID


def _template(topic: str, transformer: str, state: bytes) -> Template:
    document: dict[str, Any] = json_codec.decode(state)
    context, subject = document["context"], document["subject"]
    source = str(context["source"])
    context |= {"id": "\x01", "timestamp": "\x02"}
    if topic.startswith(_DEPLOYED):
        subject["id"] = "\x03"
    open_places = json_codec.encode(document).replace(b"%", b"%%")
    for mark, name in ((b"\\u0001", b"id"), (b"\\u0002", b"time"), (b"\\u0003", b"service")):
        open_places = open_places.replace(mark, b"%%(%b)b" % name)
    return Template(topic, source, transformer, open_places)
