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

Beside ``routes``, or instead, a table may have ``rules`` (`streamgauge.routing.rules`). Every rule
that matches an event adds its targets to those of the event's type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from streamgauge.errors import RoutesError
from streamgauge.routing.rules import Rule, Rules, parse_rules
from streamgauge.routing.yaml_text import read_yaml
from streamgauge.settings import Settings

BINARY = "binary+"
"""Before a URL: its function is sent events in binary mode."""

Routes = Mapping[str, Sequence[str]]
_KEYS = ("routes", "rules")


class OperatorTable(NamedTuple):
    """What an operator's table says, as it is written."""

    routes: Routes
    rules: Sequence[Rule]
    where: str = ""
    """What it was read from."""

    def targets(self) -> Iterator[tuple[str, str]]:
        """Every target with the place where it stands."""
        for key, targets in self.routes.items():
            yield from ((f"{self.where}: {key}", target) for target in targets)
        for rule in self.rules:
            yield from ((f"{self.where}: {rule.label}: to", target) for target in rule.to)


class RoutingTable:
    """Answers where an event type goes, and holds the rules that ask for more than the type."""

    def __init__(
        self, routes: Routes, rules: Sequence[Rule] = (), *, foreign: Iterable[str] = ()
    ) -> None:
        self.foreign = frozenset(foreign)
        """URLs that only plugins name: the operator has not."""
        self.routes = {key: tuple(targets) for key, targets in sorted(routes.items())}
        self.rules = Rules(rules) if rules else None
        self._exact = {k: v for k, v in self.routes.items() if not k.endswith("*")}
        patterns = [(k[:-1], v) for k, v in self.routes.items() if k.endswith("*")]
        self._patterns = sorted(patterns, key=lambda item: len(item[0]), reverse=True)
        self._known: dict[str, tuple[str, ...]] = {}

    def as_json(self) -> dict[str, Any]:
        """The routes and, as they are written, the rules, for an answer."""
        rules = self.rules.all if self.rules else ()
        return {"routes": self.routes, "rules": [rule.written for rule in rules]}

    def targets(self, event_type: str) -> tuple[str, ...]:
        """The targets of an event type, in the table's order; none for a type without a route."""
        found = self._known.get(event_type)
        if found is None:
            found = self._find(event_type)
            if len(self._known) < 10_000:  # types come from outside: the memory is bounded
                self._known[event_type] = found
        return found

    def key_of(self, event_type: str) -> str | None:
        """The key that an event type falls under, which may have no targets; None without one."""
        if event_type in self._exact:
            return event_type
        return next((f"{p}*" for p, _ in self._patterns if event_type.startswith(p)), None)

    def named(self) -> Iterator[str]:
        """Every target that the table names, maybe several times."""
        for targets in self.routes.values():
            yield from targets
        for rule in self.rules.all if self.rules else ():
            yield from rule.to

    def _find(self, event_type: str) -> tuple[str, ...]:
        key = self.key_of(event_type)
        return () if key is None else self.routes[key]


def is_url(target: str) -> bool:
    """Whether a target is meant for a function's URL rather than a transformer's name."""
    return "://" in target


def parse_table(text: str, *, where: str) -> OperatorTable:
    """The table in a YAML text. Raises RoutesError that says what is wrong and where."""
    try:
        document = read_yaml(text)
    except ValueError as error:
        raise RoutesError(f"{where} is not YAML: {error}") from None
    if not isinstance(document, dict) or not any(key in document for key in _KEYS):
        raise RoutesError(
            f"{where}: a table has 'routes:', which maps types to lists, or 'rules:', or both"
        )
    for key in document:
        if key not in _KEYS:
            raise RoutesError(f"{where}: there is no {key!r}; there are: {', '.join(_KEYS)}")
    routes = _routes(document["routes"], where) if "routes" in document else {}
    rules = parse_rules(document["rules"], where) if "rules" in document else ()
    return OperatorTable(routes, rules, where)


def operator_table(settings: Settings) -> OperatorTable:
    """The operator's own table: the file in `routes`, else what CE_ROUTES holds, else none.

    Raises RoutesError.
    """
    if settings.routes:
        path = Path(settings.routes)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RoutesError(f"cannot read the routing table {path}: {error}") from None
        return _parsed(text, str(path))
    if inline := settings.environ.get("CE_ROUTES"):
        return _parsed(inline, "CE_ROUTES")
    return OperatorTable({}, ())


def operator_files(settings: Settings) -> list[Path]:
    """The file that the operator's table is read from, where it is not inline, and the file or
    folder of declarative transformers; those that there are."""
    files = [Path(settings.routes)] if settings.routes else []
    return files if settings.transformers is None else [*files, settings.transformers]


@lru_cache(maxsize=1)
def _parsed(text: str, where: str) -> OperatorTable:
    # Whoever asks for the status reads the table each time.
    return parse_table(text, where=where)


def _routes(given: Any, where: str) -> dict[str, list[str]]:
    if not isinstance(given, dict):
        raise RoutesError(f"{where}: 'routes:' maps types to lists")
    return {_key(key, where): _targets(key, value, where) for key, value in given.items()}


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str) or not key or "*" in key[:-1]:
        raise RoutesError(f"{where}: {key!r} is not an event type; a * may only stand at the end")
    return key


def _targets(key: Any, value: Any, where: str) -> list[str]:
    targets = [] if value is None else value
    if not isinstance(targets, list) or not all(isinstance(t, str) and t for t in targets):
        raise RoutesError(f"{where}: {key}: the targets are a list of names and URLs")
    return targets
