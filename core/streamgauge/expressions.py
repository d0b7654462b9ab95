"""Expressions over an event, in CEL, the Common Expression Language.

Two variables are there: ``event`` holds the attributes as text (``event.type``, ``event.source``,
``event.time``), ``data`` the data; and ``item`` where one item of the data is looked at. The
library is the extra ``cel``. Why this one:
docs/decisions/0018-routing-without-python.md.

What the library cannot hold is made into what it can: a whole number beyond 64 bits into a
fraction, half of a surrogate pair into U+FFFD. A text with U+0000 is cut there. An evaluation that
goes through more than 10,000 items, those of all loops together, fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from streamgauge.errors import PluginError, StreamgaugeError

VARIABLES = ("event", "data", "item")
LONGEST_REASON = 300
"""Characters of the library's words that are kept: it may repeat the data."""

_PLACE = re.compile(r"<input>:(\d+):(\d+): ")
_CODES = re.compile(r"^(?:(?:INVALID_ARGUMENT|ERROR|NOT_FOUND|UNKNOWN|CANCELLED|INTERNAL): )+")
_TAILS = re.compile(r"(?: \[[A-Z_]+\]| \(in container ''\))$")
_WHOLE = range(-(2**63), 2**64)  # CEL's int and uint


class InvalidExpression(StreamgaugeError):
    """A text that is no CEL expression, or names what is not there."""


class ExpressionFailed(StreamgaugeError):
    """An expression had no value for an event: a member that is missing, a division by zero."""


class Values:
    """What expressions see of one event.

    It is handed to the library once and asked by any number of expressions: to hand it over takes
    longer than to evaluate.
    """

    def __init__(self, attributes: Mapping[str, Any], data: Any, item: Any = None) -> None:
        """Raises PluginError without the library."""
        self._variables: dict[str, Any] = {"event": dict(attributes), "data": data, "item": item}
        self._mended = False
        self._activation = _environment().Activation(data=self._variables)

    def with_item(self, item: Any) -> Values:
        """The same, with an item of the data to look at."""
        return Values(self._variables["event"], self._variables["data"], item)

    @property
    def activation(self) -> Any:
        """The library's own object."""
        return self._activation

    def mend(self) -> bool:
        """Make of what the library cannot hold what it can; whether that was done just now.

        Not done beforehand: to look through all data takes as long as to hand it over, and next to
        none has such a thing.
        """
        if self._mended:
            return False
        self._mended = True
        variables = {name: _holdable(value) for name, value in self._variables.items()}
        self._activation = _environment().Activation(data=variables)
        return True


class Expression:
    """One expression, compiled once."""

    def __init__(self, source: str) -> None:
        """Raises InvalidExpression that says where in the text it is wrong, PluginError without
        the library."""
        self.source = source
        try:
            self._compiled = _environment().compile(source)
            self._optional = self._compiled.return_type().name().startswith("optional_type")
            if self._optional:  # which the library cannot hand over
                self._compiled = _environment().compile(f"{{?'v': {source}}}")
        except (RuntimeError, ValueError, TypeError) as error:
            raise InvalidExpression(f"{source!r}: {_plain(error)}") from None

    @property
    def may_be_condition(self) -> bool:
        """Whether its value can be true or false, as far as can be told without an event."""
        return self._optional or self._compiled.return_type() in _types("BOOL", "DYN")

    def value(self, values: Values) -> Any:
        """The value, as Python has it: a timestamp is a datetime, null and an optional without a
        value are None. Raises ExpressionFailed."""
        try:
            try:
                return self._evaluate(values)
            except Exception as error:  # C++ raises what it likes: no memory, too large a text
                if not _is_of_the_data(error) or not values.mend():
                    raise
            return self._evaluate(values)
        except Exception as error:
            raise ExpressionFailed(f"{self.source!r}: {_plain(error)}") from None

    def holds(self, values: Values) -> bool:
        """Whether the expression is true. Raises ExpressionFailed, also for what is no boolean."""
        value = self.value(values)
        if not isinstance(value, bool):
            said = repr(value)[:LONGEST_REASON]
            raise ExpressionFailed(f"{self.source!r}: gives {said}, which is not true or false")
        return value

    def _evaluate(self, values: Values) -> Any:
        found = self._compiled.eval(values.activation)
        if found.type() in _types("ERROR"):
            raise _NoValue(_reason(found))
        value = _python(found)
        return value.get("v") if self._optional else value


class _NoValue(Exception):
    """The library's reason why there is no value, as far as it has foreseen it."""


@lru_cache(maxsize=1)
def _environment() -> Any:
    try:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_optional, ext_strings
    except ImportError:
        raise PluginError(
            "expressions need the extra cel: pip install 'streamgauge[cel]'"
        ) from None
    return cel.NewEnv(
        variables=dict.fromkeys(VARIABLES, cel.Type.DYN),
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
    )


@lru_cache
def _types(*names: str) -> tuple[Any, ...]:
    from cel_expr_python import cel

    return tuple(getattr(cel.Type, name) for name in names)


def _reason(found: Any) -> str:
    try:
        return str(found.value())
    except TypeError:  # an optional that could not be told beforehand is handed over as an error
        return "gives an optional: say what it is without a value by .orValue(...)"


def _python(found: Any) -> Any:
    """The library's value as Python has it, with the members of maps in one order: the library's is
    another in each process.

    Not by its own `plain_value`, nor by `value` for null: 0.1.3 gives a None that it does not own,
    and the interpreter ends once that was done as often as there are references to None.
    """
    if found.type() in _types("NULL"):
        return None
    value = found.value()
    if isinstance(value, list):
        return list(map(_python, value))
    if isinstance(value, dict):
        names = sorted(value, key=str)
        return dict(zip(names, map(_python, map(value.__getitem__, names)), strict=True))
    return value


def _is_of_the_data(error: Exception) -> bool:
    """Whether the library may have failed to take over the data, which each use of it repeats."""
    said = str(error)
    return not isinstance(error, _NoValue) or "out of range for" in said or "duplicate key" in said


def _holdable(value: Any) -> Any:
    """The value with what the library cannot hold made into what it can."""
    if isinstance(value, dict):
        names = (_holdable(name).replace("\0", "\ufffd") for name in value)  # cut, two may be one
        return dict(zip(names, map(_holdable, value.values()), strict=True))
    if isinstance(value, list | tuple):
        return list(map(_holdable, value))
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int) and value not in _WHOLE:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return value


def _plain(error: object) -> str:
    """The library's words on one line, without its status codes and its picture of the place."""
    lines = str(error).partition(" | ")[0].splitlines() or [type(error).__name__]
    text = _CODES.sub("", lines[0].strip())
    text = _PLACE.sub(r"line \1, column \2: ", text)
    text = _CODES.sub("", text)
    while (shorter := _TAILS.sub("", text)) != text:
        text = shorter
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}..."
