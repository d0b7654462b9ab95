"""Finds plugins by entry point, asks each for what it brings, and survives the broken ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from streamgauge import offers
from streamgauge.containment import is_ctrl_c
from streamgauge.contracts import Contracts
from streamgauge.declarative.plugin import NAME as DECLARATIVE
from streamgauge.errors import PluginError, UnknownName, describe
from streamgauge.hookspecs import (
    HOOKS_VERSION,
    Endpoint,
    Receiver,
    StatefulTransformer,
    StreamgaugeSpec,
    Transformer,
)
from streamgauge.lists import Listing
from streamgauge.metrics import Metric
from streamgauge.paths import Paths
from streamgauge.plugin import Plugin as Plugin
from streamgauge.plugin import contained, warnings_noted
from streamgauge.projections import DerivedFacts, Projection
from streamgauge.routing.table import is_url
from streamgauge.settings import Settings

if TYPE_CHECKING:
    import click

GROUP = "streamgauge"
DISTRIBUTION = "streamgauge"
_WITHOUT_SETTINGS = ("commands", "importers")
T = TypeVar("T")


class Plugins:
    """The loaded plugins and everything they bring, each thing under its unique name.

    A plugin that cannot be imported, whose hook raises, or that brings what it should not, is left
    out from there on with its error noted; the others are not touched by it. The plugins of this
    distribution come first, so that no other one can take a name from them.
    """

    def __init__(self, settings: Settings, found: Iterable[EntryPoint] | None = None) -> None:
        self.settings = settings
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(StreamgaugeSpec)
        self.plugins: list[Plugin] = []
        for entry_point in sorted(_discover() if found is None else found, key=_rank):
            self._load(entry_point)
        self.transformers: dict[str, tuple[Transformer | StatefulTransformer, Plugin]] = {
            name: (item, plugin)
            for name, item, plugin in self._named(
                "transformers", (Transformer, StatefulTransformer), offers.version
            )
        }
        paths = Paths()
        self.receivers: dict[str, Receiver] = {
            name: item
            for name, item, _ in self._named("receivers", (Receiver,), paths.claim_receiver)
        }
        self.endpoints: dict[str, Endpoint] = {
            name: item for name, item, _ in self._named("endpoints", (Endpoint,), paths.claim)
        }
        contracts = Contracts(paths)
        self.projections: dict[str, Projection] = {}
        self.derived: dict[str, DerivedFacts] = {}
        self._take_projections(contracts)
        self.metrics: dict[str, Metric] = {
            name: item for name, item, _ in self._named("metrics", (Metric,), contracts.check)
        }
        self._routes = self._take_routes()

    @property
    def lists(self) -> dict[str, tuple[Projection | DerivedFacts, Listing]]:
        """The lists by name, each with what brings it."""
        items: list[Projection | DerivedFacts] = [
            *self.projections.values(),
            *self.derived.values(),
        ]
        return {name: (item, each) for item in items for name, each in item.lists.items()}

    def version_of(self, transformer: str) -> str:
        """What a CDEvent of this transformer was made by: its own version, if it says one, else
        its plugin's."""
        item, plugin = self.transformers[transformer]
        return offers.version(item) or plugin.version

    def routes(self) -> dict[str, list[str]]:
        """The routes that plugins bring. Two plugins that name one type both get its events."""
        return {key: [*targets] for key, targets in self._routes.items()}

    def commands(self, taken: Collection[str] = ()) -> dict[str, click.Command]:
        """The commands that plugins add to the command line, by name; but for those whose names
        are `taken` already, by Streamgauge or by another plugin."""
        return self._take_commands("commands", taken)

    def importers(self) -> dict[str, click.Command]:
        """The commands under ``streamgauge import``, by name."""
        return self._take_commands("importers")

    def _take_commands(self, hook: str, taken: Collection[str] = ()) -> dict[str, click.Command]:
        owners = dict.fromkeys(taken, "Streamgauge")
        found: dict[str, click.Command] = {}
        for plugin, commands in self._ask(hook, offers.commands):
            for command in commands:
                name = str(command.name)
                if name in owners:
                    plugin.fail(f"{hook}: {name!r} is taken by {owners[name]}")
                    continue
                owners[name], found[name] = f"the plugin {plugin.name}", command
        return found

    def _take_routes(self) -> dict[str, list[str]]:
        """What is routed to a name that nothing brings parks at that name: nothing is lost."""
        merged: dict[str, list[str]] = {}
        for plugin, routes in self._ask("routes", offers.routes):
            plugin.brings["routes"] = sorted(routes)
            for key, targets in routes.items():
                merged.setdefault(key, []).extend(
                    t for t in targets if t not in merged.get(key, [])
                )
                for target in targets:
                    if target not in self.transformers and not is_url(target):
                        plugin.fail(f"routes: {key!r}: there is no transformer named {target!r}")
        return merged

    def _take_projections(self, contracts: Contracts) -> None:
        """Both kinds; derived facts may stand on what a plugin brings that is asked later."""
        owners: dict[str, Plugin] = {}
        for name, item, plugin in self._named(
            "projections", (Projection, DerivedFacts), contracts.check
        ):
            if isinstance(item, DerivedFacts):
                self.derived[name] = item
                owners[name] = plugin
            else:
                self.projections[name] = item
        for name, reason in contracts.unfounded(self.derived.values()).items():
            del self.derived[name]
            owners[name].brings["projections"].remove(name)
            owners[name].fail(f"projections: {reason}")

    def _load(self, entry_point: EntryPoint) -> None:
        dist = entry_point.dist
        plugin = Plugin(
            entry_point.name, dist.name if dist else "unknown", dist.version if dist else "0"
        )
        self.plugins.append(plugin)
        with contained(plugin, "cannot be loaded"):
            module = entry_point.load()
            _check_version(getattr(module, "hooks_version", HOOKS_VERSION))
            if self.manager.has_plugin(entry_point.name):
                raise PluginError("a plugin of this name is loaded already, from elsewhere")
            with warnings_noted(plugin):
                self.manager.register(module, name=entry_point.name)
            self._check_hooks(module)

    def _check_hooks(self, module: object) -> None:
        """Raises UnknownName for a hook that would never be called: it is misspelt, or newer."""
        hooks = vars(self.manager.hook).values()
        known = [hook.name for hook in hooks if hook.has_spec()]
        for caller in self.manager.get_hookcallers(module) or ():
            optional = all(
                each.optionalhook for each in caller.get_hookimpls() if each.plugin is module
            )
            if not caller.has_spec() and not optional:
                raise UnknownName("hook", caller.name, known)

    def _ask(self, hook: str, read: Callable[[Any], T]) -> Iterator[tuple[Plugin, T]]:
        """Call the hook on each plugin by itself, so that one failure stays one plugin's.

        `read` turns what it returned into what it should be, or raises.
        """
        for plugin in self.plugins:
            module = self.manager.get_plugin(plugin.name)
            if module is None or plugin.error is not None:
                continue
            caller = self.manager.subset_hook_caller(
                hook, [p for p in self.manager.get_plugins() if p is not module]
            )
            arguments = {} if hook in _WITHOUT_SETTINGS else {"settings": self.settings}
            results: list[T] = []
            with contained(plugin, f"its hook {hook} failed"):
                results = [read(result) for result in caller(**arguments)]
            for result in results:
                yield plugin, result

    def _named(
        self, hook: str, kinds: Sequence[type], check: Callable[[Any], object] = lambda item: None
    ) -> Iterator[tuple[str, Any, Plugin]]:
        owners: dict[str, Plugin] = {}
        for plugin, items in self._ask(hook, lambda given: offers.named(given, kinds)):
            for name, item in items:
                if name in owners:
                    plugin.fail(f"{hook}: {name!r} is taken by the plugin {owners[name].name}")
                    continue
                try:
                    check(item)
                except BaseException as error:
                    if is_ctrl_c(error):
                        raise
                    said = error if isinstance(error, ValueError) else describe(error)
                    plugin.fail(f"{hook}: {said}")
                    continue
                owners[name] = plugin
                plugin.brings.setdefault(hook, []).append(name)
                yield name, item, plugin


def _check_version(written_for: object) -> None:
    """Raises PluginError for a plugin that was written for hooks of another major version."""
    major = HOOKS_VERSION.partition(".")[0]
    if str(written_for).partition(".")[0] != major:
        raise PluginError(
            f"it was written for the hooks {written_for}, and these are {HOOKS_VERSION}: install a "
            f"version of it for the hooks {major}, or another Streamgauge"
        )


def _discover() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)


def _rank(entry_point: EntryPoint) -> tuple[bool, bool, str]:
    bundled = entry_point.dist is not None and entry_point.dist.name == DISTRIBUTION
    return entry_point.name == DECLARATIVE, not bundled, entry_point.name
