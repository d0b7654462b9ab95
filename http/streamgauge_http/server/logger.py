"""gunicorn's logger, whose lines go where all others go."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger as GunicornLogger


class Logger(GunicornLogger):  # type: ignore[misc]  # gunicorn ships no types
    """Writes nothing by itself: the root logger's handler has one form for every line."""

    def setup(self, cfg: Any) -> None:
        """Changed: no handler and no format of its own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
