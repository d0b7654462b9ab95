"""What every importer does: open the log, tell what is in it, record what is not.

An importer makes events of what a tool's API answers, as the tool's webhooks would have carried it,
and hands them over here. docs/decisions/0031 says why so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from streamgauge.cloudevents import Event
from streamgauge.postgres.migrate import migrate
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.streams.cloudevents_log import CloudEventsLog, Outcome


class Recording:
    """Events on their way into the log of CloudEvents."""

    def __init__(self, log: CloudEventsLog) -> None:
        self._log = log
        self.counts: Counter[str] = Counter()
        """How many of those recorded were `new`, `duplicate` or `conflict`."""

    def known(self, events: Sequence[Event]) -> list[bool]:
        """Of each of the events whether the log has one with its source and id."""
        return self._log.known(events) if events else []

    def record(self, events: Sequence[Event]) -> None:
        """Record those that are new, all of them in one durable transaction.

        Raises DatabaseUnavailable.
        """
        if events:
            self.counts.update(each.outcome.value for each in self._log.append(events))

    @property
    def new(self) -> int:
        """How many events were new."""
        return self.counts[Outcome.NEW.value]


@contextmanager
def recording(settings: Settings, say: Callable[[str], None]) -> Iterator[Recording]:
    """The log of the PostgreSQL that the settings select; its tables are made if need be.

    Raises DatabaseUnavailable, EmbeddedPostgresError, SchemaError.
    """
    with reach(settings, role="import", say=say) as database:
        migrate(database)
        yield Recording(CloudEventsLog(database))
