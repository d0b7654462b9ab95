"""What a suite of tests of a source is made of: its cases, and the way from them to CDEvents.

No test is here, and nothing of pytest: `streamgauge.testing.elsewhere` runs it in another process.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.cdevents import CDEvent
from streamgauge.plugins import Plugins
from streamgauge.routing.offline import Offline
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings
from streamgauge.sources.captured import Case, read_cases
from streamgauge.testing.watching import another, is_id, renamed
from streamgauge.webhooks import WebhookRequest


class SourceSuite:
    """A source, given as the name of its receiver, and a folder of cases."""

    source: ClassVar[str]
    """The name of the receiver, the last part of ``/webhooks/NAME``; or ``cloudevents``."""
    plugin: ClassVar[str | None] = None
    """The name of the plugin, if it is not that of the receiver."""
    cases: ClassVar[Path]
    """The folder of the cases."""
    options: ClassVar[Mapping[str, Any]] = {}
    """The plugin's settings; those for authenticity are left out."""
    by_arrival: ClassVar[frozenset[str]] = frozenset()
    """The cases whose deliveries say neither when nor which: each that comes is an event of its
    own, though it be the same to the letter."""
    no_delivery_id: ClassVar[bool] = False
    """Whether there may be deliveries without an id that another delivery of the same occurrence
    would not have."""

    @classmethod
    def offline_maker(cls) -> Callable[[], Offline]:
        """Loads the plugins, and gives what makes the way through them."""
        name = cls.plugin or cls.source
        given = Settings.load({})
        told = {name: {**cls.options, "allow_unsigned": True}}
        plugins = Plugins(dataclasses.replace(given, plugins=told))
        table = RoutingTable(plugins.routes())
        failed = [f"{each.name}: {each.error}" for each in plugins.plugins if each.error]
        # Another's that is broken here is no fault of this one.
        assert name not in {each.name for each in plugins.plugins if each.error}, failed
        return lambda: Offline(plugins, table)

    @classmethod
    def all_cases(cls) -> list[Case]:
        """The cases of the folder; there must be one."""
        found = read_cases(cls.cases)
        assert found, f"there is no case in {cls.cases}"
        return found

    @classmethod
    def transformed(cls, offline: Offline, case: Case) -> list[CDEvent]:
        """What comes of all deliveries of a case."""
        return [
            event
            for delivery in case.deliveries
            for event in offline.cdevents(offline.receive(cls.source, delivery))
        ]

    @classmethod
    def documents(cls, make: Callable[[], Offline], cases: Iterable[Case]) -> dict[str, str]:
        """What comes of each case by itself, as JSON: the name of the case -> an array."""
        return {
            case.name: json.dumps([event.document for event in cls.transformed(make(), case)])
            for case in cases
        }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """The delivery as a second webhook would send it: whatever header looks like an id is
        another one, and so is the `id` of a CloudEvent in the body, but that of a CDEvent, which
        is the occurrence's. Override it where the tool's looks otherwise."""
        changed = {
            name: another(value) if is_id(name) else value
            for name, value in delivery.headers.items()
        }
        return dataclasses.replace(delivery, headers=changed, body=renamed(delivery))
