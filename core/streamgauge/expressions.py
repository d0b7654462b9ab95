"""Expressions over an event, in CEL, the Common Expression Language.

Two variables are there: ``event`` holds the attributes as text (``event.type``, ``event.source``,
``event.time``), ``data`` the data; and ``item`` where one item of the data is looked at. The
library is the extra ``cel``. Why this one:
docs/decisions/0018-routing-without-python.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from streamgauge.errors import PluginError, StreamgaugeError

VARIABLES = ("event", "data", "item")


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
        self._variables = {"event": dict(attributes), "data": data, "item": item}
        self._activation = _environment().Activation(data=self._variables)

    def with_item(self, item: Any) -> Values:
        """The same, with an item of the data to look at."""
        return Values(self._variables["event"], self._variables["data"], item)

    @property
    def activation(self) -> Any:
        """The library's own object."""
        return self._activation


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
        except RuntimeError as error:
            raise InvalidExpression(f"{source!r}: {_plain(error)}") from None

    def value(self, values: Values) -> Any:
        """The value, as Python has it: a timestamp is a datetime, null and an optional without a
        value are None. Raises ExpressionFailed."""
        try:
            found = self._compiled.eval(values.activation)
        except (RuntimeError, ValueError, TypeError) as error:
            raise ExpressionFailed(f"{self.source!r}: {_plain(error)}") from None
        if found.type() == _error_type():
            raise ExpressionFailed(f"{self.source!r}: {_plain(found.value())}")
        value = _ordered(found.plain_value())
        return value.get("v") if self._optional else value

    def holds(self, values: Values) -> bool:
        """Whether the expression is true. Raises ExpressionFailed, also for what is no boolean."""
        value = self.value(values)
        if not isinstance(value, bool):
            raise ExpressionFailed(f"{self.source!r}: gives {value!r}, which is not true or false")
        return value


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


@lru_cache(maxsize=1)
def _error_type() -> Any:
    from cel_expr_python import cel

    return cel.Type.ERROR


def _ordered(value: Any) -> Any:
    """The value with the members of maps in one order: the library's is another in each process."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value, key=str)}
    if isinstance(value, list):
        return [_ordered(each) for each in value]
    return value


def _plain(error: object) -> str:
    """The library's words on one line, without its status codes and its picture of the place."""
    text = str(error).partition(" | ")[0].splitlines()[0]
    for code in ("INVALID_ARGUMENT: ", "ERROR: ", "NOT_FOUND: ", "UNKNOWN: ", "CANCELLED: "):
        text = text.removeprefix(code)
    return text.strip()
