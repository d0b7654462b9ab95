"""Keeps a stage's current build up with what it reads."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge.stages import builds
from streamgauge.stages.builds import Build
from streamgauge.stages.stage import Stage


class Live:
    """A processor: the current build of one stage, a page at a time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.name = stage.name
        self.channels: Sequence[str] = stage.channels

    def step(self) -> bool:
        """Fold one page; False where there was nothing to do.

        A build of another version than the installed one stays where it is: its tables mean
        something else than what today's code would put into them.
        """
        build = self._current()
        if build is None or not self.stage.can_fold(build):
            return False
        retried = self.stage.retry(build)
        return self.stage.advance(build) > 0 or retried

    def _current(self) -> Build | None:
        """The current build, a first one if need be; None while there is no source to read."""
        stage = self.stage
        with stage.database.transaction() as cursor:
            build = builds.find(cursor, stage.name, "current")
            if build is not None:
                return build
            if stage.source is not None:
                source = builds.find(cursor, stage.source, "current")
                if source is None or not stage.can_read(source):
                    return None
            build = stage.begin(cursor, "current")
            stage.complete(cursor, build)
            stage.publish(cursor, build)
            return build
