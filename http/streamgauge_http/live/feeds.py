"""The live feeds of both logs, and how many viewers they have together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from streamgauge.errors import StreamgaugeError
from streamgauge.postgres.database import Database
from streamgauge.streams.following import LOGS, FollowedLog
from streamgauge_http.live import messages
from streamgauge_http.live.feed import Feed, Query
from streamgauge_http.live.selection import Selection
from streamgauge_http.live.viewer import Viewer

MOST_VIEWERS: Final = 500


class TooManyViewers(StreamgaugeError):
    """This process has as many viewers as it takes."""

    def __init__(self) -> None:
        super().__init__(f"this process has {MOST_VIEWERS} viewers, and takes no more; come back")


class Feeds:
    """The feeds of one process. All methods belong to its event loop."""

    def __init__(self, database: Database, query: Query) -> None:
        encoders = {"cloudevents": messages.of_cloudevents, "cdevents": messages.of_cdevents}
        self._feeds = {
            name: Feed(FollowedLog(database, table), encoders[name], query)
            for name, table in LOGS.items()
        }

    async def join(
        self, log: str, after: int | None, selection: Selection, wake: Callable[[], object]
    ) -> tuple[Feed, Viewer]:
        """A viewer of a log; have it `leave` the feed at its end, whatever ends it.

        Raises TooManyViewers and DatabaseUnavailable.
        """
        feed = self._feeds[log]
        self._check_room()
        head = await feed.head()
        self._check_room()
        return feed, feed.join(head, after, selection, wake)

    @property
    def viewers(self) -> Mapping[str, int]:
        """How many there are, of each log."""
        return {name: len(feed) for name, feed in self._feeds.items()}

    async def stop(self) -> None:
        """End all viewers."""
        for feed in self._feeds.values():
            await feed.stop()

    def _check_room(self) -> None:
        if sum(self.viewers.values()) >= MOST_VIEWERS:
            raise TooManyViewers
