"""Filters on an event's attributes, in the dialects of CloudEvents' Subscriptions API.

A filter is a mapping with one dialect::

    exact: {type: com.example.build, stage: "3"}
    not: {prefix: {source: /test/}}
    any: [{suffix: {type: .failed}}, {exact: {severity: high}}]

``exact``, ``prefix`` and ``suffix`` hold where each attribute that they name is there and its text
is, starts with or ends with what is given, letter by letter. Attributes are compared as the text
that CloudEvents' type system has for them: ``true``, ``7``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from streamgauge.cloudevents.attributes import Attributes
from streamgauge.errors import RoutesError

Texts = Mapping[str, str]
"""Attributes by name, each as text."""

_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "exact": (operator.eq, "not"),
    "prefix": (str.startswith, "which does not start with"),
    "suffix": (str.endswith, "which does not end with"),
}
DIALECTS = (*_COMPARISONS, "all", "any", "not")
DEEPEST = 20
"""How many filters may stand in each other: an alias in YAML may hold itself."""
_NAME = re.compile("[a-z0-9]+", re.ASCII)


class Filter(Protocol):
    """Tells whether an event passes."""

    def passes(self, texts: Texts) -> bool:
        """Whether the event with these attributes does."""
        ...

    def given_type(self, event_type: str) -> bool | None:
        """Whether every event of this type passes (True), or none (False); None if it depends."""
        ...

    def fault(self, texts: Texts) -> str | None:
        """The first that fails, and at what; None where the event passes."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """``exact``, ``prefix`` or ``suffix``."""

    dialect: str
    wanted: Sequence[tuple[str, str]]
    """Names of attributes, and the text that each is compared with."""

    def passes(self, texts: Texts) -> bool:
        """Whether the event with these attributes does."""
        compare = _COMPARISONS[self.dialect][0]
        for name, text in self.wanted:
            found = texts.get(name)
            if found is None or not compare(found, text):
                return False
        return True

    def given_type(self, event_type: str) -> bool | None:
        """What its type says already."""
        compare = _COMPARISONS[self.dialect][0]
        verdicts = [compare(event_type, t) if name == "type" else None for name, t in self.wanted]
        return _all(verdicts)

    def fault(self, texts: Texts) -> str | None:
        """Why it does not."""
        compare, otherwise = _COMPARISONS[self.dialect]
        for name, text in self.wanted:
            found = texts.get(name)
            if found is None:
                return f"{self.dialect}: {name} is not there"
            if not compare(found, text):
                return f"{self.dialect}: {name} is {found!r}, {otherwise} {text!r}"
        return None


@dataclass(frozen=True, slots=True)
class All:
    """``all``, and the filters of a rule."""

    filters: Sequence[Filter]

    def passes(self, texts: Texts) -> bool:
        """Whether the event with these attributes does."""
        return all(each.passes(texts) for each in self.filters)

    def given_type(self, event_type: str) -> bool | None:
        """What its type says already."""
        return _all([each.given_type(event_type) for each in self.filters])

    def fault(self, texts: Texts) -> str | None:
        """Why it does not."""
        faults = (each.fault(texts) for each in self.filters)
        return next((fault for fault in faults if fault is not None), None)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``any``."""

    filters: Sequence[Filter]

    def passes(self, texts: Texts) -> bool:
        """Whether the event with these attributes does."""
        return any(each.passes(texts) for each in self.filters)

    def given_type(self, event_type: str) -> bool | None:
        """What its type says already."""
        return _inverse(_all([_inverse(each.given_type(event_type)) for each in self.filters]))

    def fault(self, texts: Texts) -> str | None:
        """Why it does not."""
        faults = [each.fault(texts) for each in self.filters]
        return None if None in faults else f"any: {'; '.join(map(str, faults))}"


@dataclass(frozen=True, slots=True)
class Not:
    """``not``."""

    filter: Filter
    said: str
    """The filter as it was written, to be repeated."""

    def passes(self, texts: Texts) -> bool:
        """Whether the event with these attributes does."""
        return not self.filter.passes(texts)

    def given_type(self, event_type: str) -> bool | None:
        """What its type says already."""
        return _inverse(self.filter.given_type(event_type))

    def fault(self, texts: Texts) -> str | None:
        """Why it does not."""
        return f"not: it passes {self.said}" if self.filter.passes(texts) else None


def texts_of(attributes: Attributes) -> dict[str, str]:
    """Each attribute as CloudEvents' type system writes it (section 4): ``true``, ``7``."""
    return {
        name: value if isinstance(value, str) else str(value).lower()
        for name, value in attributes.items()
    }


def parse_filters(given: Any, where: str) -> Filter:
    """The filters of a rule, a list or one mapping, of which all must pass.

    Raises RoutesError that says what is wrong, and after `where` at what place.
    """
    return _parse(given, where, 0) if isinstance(given, dict) else _many(given, where, 0)


def described(given: Any) -> str:
    """The filters of a rule on one line, as they were written; they were parsed before."""
    filters = given if isinstance(given, list) else [] if given is None else [given]
    return "; ".join(map(_described, filters))


def _parse(given: Any, where: str, depth: int) -> Filter:
    if depth > DEEPEST:
        raise RoutesError(f"{where}: filters stand more than {DEEPEST} deep in each other")
    if not isinstance(given, dict) or len(given) != 1:
        raise RoutesError(f"{where}: a filter is a mapping with one of {', '.join(DIALECTS)}")
    ((dialect, inner),) = given.items()
    if dialect not in DIALECTS:
        raise RoutesError(f"{where}: there is no {dialect!r}; there are: {', '.join(DIALECTS)}")
    where = f"{where}.{dialect}"
    if dialect in _COMPARISONS:
        return Comparison(dialect, _wanted(inner, where))
    if dialect == "not":
        return Not(_parse(inner, where, depth + 1), _described(inner))
    several = _many(inner, where, depth + 1)
    return several if dialect == "all" else AnyOf(several.filters)


def _many(given: Any, where: str, depth: int) -> All:
    if not isinstance(given, list) or not given:
        raise RoutesError(f"{where}: a list of filters is needed, with at least one")
    return All([_parse(each, f"{where}[{n}]", depth) for n, each in enumerate(given, start=1)])


def _wanted(given: Any, where: str) -> list[tuple[str, str]]:
    if not isinstance(given, dict) or not given:
        raise RoutesError(f"{where}: attributes and their texts are needed, {{type: a.b}}")
    for name, text in given.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == "data":
            raise RoutesError(
                f"{where}: {name!r} is no attribute: their names are lower-case letters and digits"
            )
        if not isinstance(text, str):
            raise RoutesError(f"{where}.{name}: {text!r} is no text; put it in quotes")
        if not text:
            raise RoutesError(f"{where}.{name}: the text must not be empty")
    return list(given.items())


def _described(given: Any) -> str:
    ((dialect, inner),) = given.items()
    if dialect == "not":
        return f"not {_described(inner)}"
    if dialect in _COMPARISONS:
        return f"{dialect} {', '.join(f'{name} {text!r}' for name, text in inner.items())}"
    return f"{dialect} ({'; '.join(map(_described, inner))})"


def _all(verdicts: Sequence[bool | None]) -> bool | None:
    """Whether all hold, as far as is known."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _inverse(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict
