"""The routing table: which CloudEvent types go to which transformers.

A table is YAML, in the form that the proof of concept used::

    routes:
      dev.knative.apiserver.resource.add:
      - kubernetes
      com.example.deploy.*:
      - http://functions.example/transform

A key is an event type, or the beginning of types followed by ``*``. A target is the name of a
transformer, or the URL of a function that takes a CloudEvent and answers CDEvents: in structured
mode, or with ``binary+`` before the URL in binary mode. An exact key
wins over a pattern, a longer pattern over a shorter one. The operator's table is laid over the
routes that plugins bring: a key that it has replaces theirs, and an empty list switches a type
off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from streamgauge.errors import RoutesError, UnknownName
from streamgauge.settings import Settings

BINARY = "binary+"
"""Before a URL: its function is sent events in binary mode."""

Routes = Mapping[str, Sequence[str]]


class RoutingTable:
    """Answers where an event type goes."""

    def __init__(self, routes: Routes, *, foreign: Iterable[str] = ()) -> None:
        self.foreign = frozenset(foreign)
        """URLs that only plugins name: the operator has not."""
        self.routes = {key: tuple(targets) for key, targets in sorted(routes.items())}
        self._exact = {k: v for k, v in self.routes.items() if not k.endswith("*")}
        patterns = [(k[:-1], v) for k, v in self.routes.items() if k.endswith("*")]
        self._patterns = sorted(patterns, key=lambda item: len(item[0]), reverse=True)
        self._known: dict[str, tuple[str, ...]] = {}

    def targets(self, event_type: str) -> tuple[str, ...]:
        """The targets of an event type, in the table's order; none for a type without a route."""
        found = self._known.get(event_type)
        if found is None:
            found = self._find(event_type)
            if len(self._known) < 10_000:  # types come from outside: the memory is bounded
                self._known[event_type] = found
        return found

    def _find(self, event_type: str) -> tuple[str, ...]:
        if (exact := self._exact.get(event_type)) is not None:
            return exact
        for prefix, targets in self._patterns:
            if event_type.startswith(prefix):
                return targets
        return ()

    def check(self, transformers: Iterable[str]) -> None:
        """Raise UnknownName for a target that is neither a URL nor one of these names."""
        names = set(transformers)
        for targets in self.routes.values():
            for target in targets:
                if not is_url(target) and target not in names:
                    raise UnknownName("transformer", target, names)


def is_url(target: str) -> bool:
    """Whether a target is a function's URL rather than a transformer's name."""
    return target.removeprefix(BINARY).startswith(("http://", "https://"))


def parse_routes(text: str, *, where: str) -> dict[str, list[str]]:
    """The table in a YAML text. Raises RoutesError that says what is wrong and where."""
    try:
        document = yaml.safe_load(text)
    except Exception as error:  # a scalar that is none, 0000-0-0, is no YAMLError
        raise RoutesError(f"{where} is not YAML: {error}") from None
    routes = document.get("routes") if isinstance(document, dict) else None
    if not isinstance(routes, dict):
        raise RoutesError(f"{where}: a routing table starts with 'routes:' and maps types to lists")
    return {_key(key, where): _targets(key, value, where) for key, value in routes.items()}


def operator_routes(settings: Settings) -> dict[str, list[str]]:
    """The operator's own table: the file in `routes`, else what CE_ROUTES holds, else none."""
    if settings.routes:
        path = Path(settings.routes)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RoutesError(f"cannot read the routing table {path}: {error}") from None
        return parse_routes(text, where=str(path))
    if inline := settings.environ.get("CE_ROUTES"):
        return parse_routes(inline, where="CE_ROUTES")
    return {}


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str) or not key or "*" in key[:-1]:
        raise RoutesError(f"{where}: {key!r} is not an event type; a * may only stand at the end")
    return key


def _targets(key: Any, value: Any, where: str) -> list[str]:
    targets = [] if value is None else value
    if not isinstance(targets, list) or not all(isinstance(t, str) and t for t in targets):
        raise RoutesError(f"{where}: {key}: the targets are a list of names and URLs")
    return targets
