"""Texts with expressions in them: ``pkg:generic/${data.service}@${data.version}``.

A text that is one expression and nothing else has the expression's value, of whatever type; any
other text has the values written into it. ``$${`` is ``${`` itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from streamgauge.errors import InvalidTransformer
from streamgauge.expressions import Expression, ExpressionFailed, InvalidExpression, Values
from streamgauge.timestamps import format_rfc3339

Template = Callable[[Values], Any]
"""Gives the value for an event, None where there is none. Raises ExpressionFailed."""

# What CEL may have inside of ${}: strings, in which a brace closes nothing, braces, all else.
_TOKEN: Final = re.compile(
    r"""[rR]?(?:"{3}.*?"{3}|\'{3}.*?\'{3})"""
    r"""|[rR](?:"[^"\n]*"|\'[^\'\n]*\')"""
    r"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|.""",
    re.DOTALL,
)


def template(value: Any, where: str) -> Template:
    """The template in a value of a YAML file: a text, or texts in lists and mappings.

    Raises InvalidTransformer that says where it is wrong.
    """
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, Mapping):
        return _mapping(value, where)
    if isinstance(value, list):
        return _list([template(each, f"{where}/{place}") for place, each in enumerate(value)])
    if value is None or isinstance(value, bool | int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidTransformer("JSON has no such number", where=where)
        return lambda values: value
    raise InvalidTransformer(f"{value!r} is no text to YAML: put it in quotes", where=where)


def expression(value: Any, where: str) -> Expression:
    """The CEL expression in a text. Raises InvalidTransformer."""
    if not isinstance(value, str):
        raise InvalidTransformer("must be an expression, in quotes", where=where)
    try:
        return Expression(value)
    except InvalidExpression as error:
        raise InvalidTransformer(str(error), where=where) from None


def condition(value: Any, where: str) -> Expression:
    """The condition in a text. Raises InvalidTransformer."""
    found = expression(value, where)
    if not found.may_be_condition:
        raise InvalidTransformer(f"{value!r} is never true or false", where=where)
    return found


def _text(text: str, where: str) -> Template:
    parts = tuple(_parts(text, where))
    if len(parts) == 1 and isinstance(parts[0], Expression):
        whole = parts[0]
        return lambda values: _in_json(whole.value(values), whole)
    if all(isinstance(part, str) for part in parts):
        constant = "".join(str(part) for part in parts)
        return lambda values: constant
    return _Interpolated(parts)


def _mapping(value: Mapping[Any, Any], where: str) -> Template:
    if not all(isinstance(name, str) for name in value):
        raise InvalidTransformer("the names of members are texts", where=where)
    members = {name: template(each, f"{where}/{name}") for name, each in value.items()}

    def made(values: Values) -> dict[str, Any]:
        found = {name: member(values) for name, member in members.items()}
        return {name: each for name, each in found.items() if each is not None}

    return made


def _list(members: list[Template]) -> Template:
    def made(values: Values) -> list[Any]:
        found = [member(values) for member in members]
        return [each for each in found if each is not None]

    return made


@dataclass(frozen=True, slots=True)
class _Interpolated:
    """Texts and expressions by turns."""

    parts: tuple[str | Expression, ...]

    def __call__(self, values: Values) -> str:
        return "".join(
            part if isinstance(part, str) else _as_text(part, values) for part in self.parts
        )


def _in_json(value: Any, part: Expression) -> Any:
    """The value as JSON has it; CEL also knows instants, which are texts there.

    Raises ExpressionFailed for what JSON has not: bytes, durations, types, NaN.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, datetime):
        return format_rfc3339(value)
    if isinstance(value, list):
        return [_in_json(each, part) for each in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _in_json(each, part) for name, each in value.items()}
    raise ExpressionFailed(f"{part.source!r}: gives {str(value)[:100]}, which JSON has not")


def _as_text(part: Expression, values: Values) -> str:
    value = _in_json(part.value(values), part)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ExpressionFailed(f"{part.source!r}: gives {value!r}, which cannot stand in a text")


def _parts(text: str, where: str) -> Iterator[str | Expression]:
    rest = text
    while (start := rest.find("${")) >= 0:
        if rest[start - 1 : start] == "$":
            yield rest[:start]
            yield "{"
            rest = rest[start + 2 :]
            continue
        if start:
            yield rest[:start]
        source = _inside(rest[start + 2 :], text, where)
        yield expression(source.strip(), where)
        rest = rest[start + 2 + len(source) + 1 :]
    if rest or not text:
        yield rest


def _inside(rest: str, text: str, where: str) -> str:
    """What stands before the brace that closes the one before `rest`."""
    depth = 1
    for token in _TOKEN.finditer(rest):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
        if depth == 0:
            return rest[: token.start()]
    raise InvalidTransformer(f"{text!r}: a ${{ is not closed", where=where)
