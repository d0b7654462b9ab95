"""Rules of a routing table: what they ask of an event, and where they send it.

    rules:
    - name: failed builds of the shop      # optional
      filters:                             # all must pass
      - exact: {type: com.example.build.finished}
      - prefix: {source: https://ci.example/shop}
      when: data.result == "failed"        # CEL
      to: [example]

A rule without `filters` and without `when` takes every event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from streamgauge.cloudevents import json_format
from streamgauge.cloudevents.event import Content
from streamgauge.errors import PluginError, RoutesError
from streamgauge.expressions import Expression, ExpressionFailed, InvalidExpression, Values
from streamgauge.routing.filters import All, Filter, Texts, parse_filters, texts_of

KEYS = ("name", "filters", "when", "to")
_MANY = 10_000


class Seen:
    """A recorded event as rules see it: decoded when the first one asks, and once."""

    def __init__(self, state: bytes) -> None:
        self._state = state

    @cached_property
    def _content(self) -> Content:
        return json_format.read(self._state)

    @cached_property
    def texts(self) -> Texts:
        """The attributes; `time` as it was sent, absent where it was not."""
        return texts_of(self._content.attributes)

    @cached_property
    def values(self) -> Values:
        """The event for expressions."""
        return Values(self.texts, self._content.data)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    number: int
    """Its place in the table, from 1."""
    name: str | None
    filters: Filter
    when: Expression | None
    to: Sequence[str]
    written: dict[str, Any]
    """As the table has it."""

    @property
    def label(self) -> str:
        """What it is called where it is spoken of."""
        return f"rule {self.number}" if self.name is None else f"rule {self.name!r}"

    def given_type(self, event_type: str) -> bool | None:
        """Whether every event of this type matches (True), or none (False); None if it depends."""
        verdict = self.filters.given_type(event_type)
        return None if verdict and self.when is not None else verdict

    def matches(self, seen: Seen) -> bool:
        """Whether the event does; not where the condition has no value for it."""
        if not self.filters.passes(seen.texts):
            return False
        try:
            return self.when is None or self.when.holds(seen.values)
        except ExpressionFailed:
            return False

    def fault(self, seen: Seen) -> str | None:
        """The first filter or condition that the event does not meet; None where it matches."""
        fault = self.filters.fault(seen.texts)
        if fault is not None or self.when is None:
            return fault
        try:
            return None if self.when.holds(seen.values) else f"when: {self.when.source!r} is false"
        except ExpressionFailed as error:
            return f"when: {error}"


class Rules:
    """All rules of a table, in its order.

    Of each type of event it is remembered which rules can match at all: an event that none can
    match is not decoded.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.all = tuple(rules)
        self._known: dict[str, tuple[tuple[Rule, bool], ...]] = {}

    def targets(self, event_type: str, state: bytes, others: Sequence[str]) -> Sequence[str]:
        """`others`, and after them the targets of the rules that match; each once."""
        found = self._known.get(event_type)
        if found is None:
            found = self._find(event_type)
        if not found:
            return others
        seen = Seen(state)
        targets = dict.fromkeys(others)
        for rule, surely in found:
            if surely or rule.matches(seen):
                targets.update(dict.fromkeys(rule.to))
        return tuple(targets)

    def _find(self, event_type: str) -> tuple[tuple[Rule, bool], ...]:
        """The rules that events of this type may match, each with whether all of them do."""
        verdicts = [(rule, rule.given_type(event_type)) for rule in self.all]
        found = tuple((rule, surely is True) for rule, surely in verdicts if surely is not False)
        if len(self._known) < _MANY:  # types come from outside: the memory is bounded
            self._known[event_type] = found
        return found


def parse_rules(given: Any, where: str) -> list[Rule]:
    """The rules in a table. Raises RoutesError that says which is wrong, at which key and how."""
    if not isinstance(given, list) or not given:
        raise RoutesError(f"{where}: rules: a list of rules is needed, with at least one")
    rules = [_rule(each, number, where) for number, each in enumerate(given, start=1)]
    names = [rule.name for rule in rules if rule.name is not None]
    for name in names:
        if names.count(name) > 1:
            raise RoutesError(f"{where}: two rules are named {name!r}; a name is one rule's")
    return rules


def _rule(given: Any, number: int, where: str) -> Rule:
    where = f"{where}: rule {number}"
    if not isinstance(given, dict):
        raise RoutesError(f"{where}: a rule is a mapping with {', '.join(KEYS)}")
    for key in given:
        if key not in KEYS:
            raise RoutesError(f"{where}: there is no {key!r}; there are: {', '.join(KEYS)}")
    name = None
    if "name" in given:
        name = _name(given["name"], where)
        where = f"{where} ({name!r})"
    filters = (
        parse_filters(given["filters"], f"{where}: filters") if "filters" in given else All([])
    )
    when = _when(given["when"], f"{where}: when") if "when" in given else None
    return Rule(number, name, filters, when, _to(given.get("to"), f"{where}: to"), given)


def _name(given: Any, where: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise RoutesError(f"{where}: name: {given!r} is no text; put it in quotes")
    return given


def _when(given: Any, where: str) -> Expression:
    if not isinstance(given, str):
        raise RoutesError(f"{where}: {given!r} is no expression; put it in quotes")
    try:
        expression = Expression(given)
    except (InvalidExpression, PluginError) as error:
        raise RoutesError(f"{where}: {error}") from None
    if not expression.may_be_condition:
        raise RoutesError(f"{where}: {given!r} is never true or false")
    return expression


def _to(given: Any, where: str) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(t, str) and t for t in given):
        raise RoutesError(f"{where}: a list of names and URLs is needed, with at least one")
    if len(set(given)) < len(given):
        raise RoutesError(f"{where}: a target stands there twice")
    return given
