"""Finds plugins by entry point, asks each for what it brings, and survives the broken ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from streamgauge.hookspecs import (
    Receiver,
    StatefulTransformer,
    StreamgaugeSpec,
    Transformer,
)
from streamgauge.metrics import Metric
from streamgauge.projections import Projection
from streamgauge.settings import Settings

if TYPE_CHECKING:
    import click

GROUP = "streamgauge"
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Plugin:
    """One entry point: where it is from, and what went wrong with it if anything did."""

    name: str
    distribution: str
    version: str
    error: str | None = None
    brings: dict[str, list[str]] = field(default_factory=dict)
    """Hook name -> names of what it brought, for `streamgauge plugins`."""

    @property
    def label(self) -> str:
        """Name and version, as they stand beside what the plugin made."""
        return f"{self.name} {self.version}"


class Plugins:
    """The loaded plugins and everything they bring, each thing under its unique name.

    A plugin that cannot be imported, or whose hook raises, is left out with its error noted; the
    others are not touched by it.
    """

    def __init__(self, settings: Settings, found: Iterable[EntryPoint] | None = None) -> None:
        self.settings = settings
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(StreamgaugeSpec)
        self.plugins: list[Plugin] = []
        for entry_point in sorted(_discover() if found is None else found, key=lambda e: e.name):
            self._load(entry_point)
        self.transformers: dict[str, tuple[Transformer | StatefulTransformer, Plugin]] = {
            name: (item, plugin)
            for name, item, plugin in self._named(
                "transformers", (Transformer, StatefulTransformer)
            )
        }
        self.receivers: dict[str, Receiver] = {
            name: item for name, item, _ in self._named("receivers", (Receiver,))
        }
        self.projections: dict[str, Projection] = {
            name: item for name, item, _ in self._named("projections", (Projection,))
        }
        self.metrics: dict[str, Metric] = {
            name: item for name, item, _ in self._named("metrics", (Metric,))
        }

    def routes(self) -> dict[str, list[str]]:
        """The routes that plugins bring. Two plugins that name one type both get its events."""
        merged: dict[str, list[str]] = {}
        for plugin, routes in self._ask("routes"):
            if not isinstance(routes, Mapping):
                plugin.error = "routes: a mapping of event types to transformer names is needed"
                continue
            plugin.brings["routes"] = sorted(routes)
            for key, targets in routes.items():
                merged.setdefault(key, []).extend(
                    t for t in targets if t not in merged.get(key, [])
                )
        return merged

    def commands(self) -> list[click.Command]:
        """The commands that plugins add to the command line."""
        return [command for _, commands in self._ask("commands") for command in commands]

    def _load(self, entry_point: EntryPoint) -> None:
        dist = entry_point.dist
        plugin = Plugin(
            entry_point.name, dist.name if dist else "unknown", dist.version if dist else "0"
        )
        self.plugins.append(plugin)
        try:
            self.manager.register(entry_point.load(), name=entry_point.name)
        except Exception as error:
            self._broken(plugin, "cannot be loaded", error)

    def _ask(self, hook: str) -> Iterator[tuple[Plugin, Any]]:
        """Call the hook on each plugin by itself, so that one failure stays one plugin's."""
        for plugin in self.plugins:
            module = self.manager.get_plugin(plugin.name)
            function: Callable[..., Any] | None = getattr(module, hook, None)
            if module is None or function is None or plugin.error is not None:
                continue
            caller = self.manager.subset_hook_caller(
                hook, [p for p in self.manager.get_plugins() if p is not module]
            )
            arguments = {} if hook == "commands" else {"settings": self.settings}
            try:
                for result in caller(**arguments):
                    yield plugin, result
            except Exception as error:
                self._broken(plugin, f"its hook {hook} failed", error)

    def _named(self, hook: str, kinds: Sequence[type]) -> Iterator[tuple[str, Any, Plugin]]:
        owners: dict[str, Plugin] = {}
        for plugin, items in self._ask(hook):
            for item in items:
                name = getattr(item, "name", None)
                if not isinstance(name, str) or not isinstance(item, tuple(kinds)):
                    wanted = " or ".join(kind.__name__ for kind in kinds)
                    self._broken(plugin, f"{hook}: {item!r} is no {wanted}", None)
                elif name in owners:
                    self._broken(
                        plugin, f"{hook}: {name!r} is taken by the plugin {owners[name].name}", None
                    )
                else:
                    owners[name] = plugin
                    plugin.brings.setdefault(hook, []).append(name)
                    yield name, item, plugin

    def _broken(self, plugin: Plugin, what: str, error: Exception | None) -> None:
        plugin.error = what if error is None else f"{what}: {type(error).__name__}: {error}"
        logger.error("plugin %s (%s): %s", plugin.name, plugin.distribution, plugin.error)


def _discover() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)
