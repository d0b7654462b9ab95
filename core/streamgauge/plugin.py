"""One plugin: where it is from, and that what it does wrong stays its own."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from streamgauge.containment import is_ctrl_c
from streamgauge.errors import describe

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Plugin:
    """One entry point: where it is from, and what went wrong with it if anything did."""

    name: str
    distribution: str
    version: str
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    """What it uses that will go, and what to use instead."""
    brings: dict[str, list[str]] = field(default_factory=dict)
    """Hook name -> names of what it brought, for `streamgauge plugins`."""

    @property
    def label(self) -> str:
        """Name and version, as they stand beside what the plugin made."""
        return f"{self.name} {self.version}"

    def as_json(self) -> dict[str, Any]:
        """The fields, for an answer."""
        return asdict(self)

    def fail(self, error: str) -> None:
        """Note what is wrong with it."""
        self.error = error
        logger.error("plugin %s (%s): %s", self.name, self.distribution, error)


@contextmanager
def contained(plugin: Plugin, what: str) -> Iterator[None]:
    """Note what the block raises as the plugin's error; its SystemExit ends no process."""
    try:
        yield
    except BaseException as error:
        if is_ctrl_c(error):
            raise
        plugin.fail(f"{what}: {describe(error)}")


@contextmanager
def warnings_noted(plugin: Plugin) -> Iterator[None]:
    """Note the deprecations that pluggy warns of, as the hooks' declarations have them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeprecationWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, DeprecationWarning):
            plugin.warnings.append(str(warning.message))
            logger.warning("plugin %s: %s", plugin.name, warning.message)
