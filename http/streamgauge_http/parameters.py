"""The parameters of a query: how they are read, and what the document says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from falcon.asgi import Request

from streamgauge.access import Grant
from streamgauge.errors import InvalidQuery
from streamgauge.metrics.buckets import INTERVALS, WEEKDAYS
from streamgauge.metrics.query import DIMENSIONS, TIERS
from streamgauge.streams.recorder import DEFAULT_TENANT
from streamgauge_http.operations import Operation, Parameter
from streamgauge_http.refusals import Forbidden

Given = Mapping[str, Sequence[str]]


def one_of(allowed: Sequence[str]) -> Mapping[str, Any]:
    """The schema of a text that must be one of these."""
    return {"type": "string", "enum": list(allowed)}


def whole(least: int, most: int, default: int | None = None) -> Mapping[str, Any]:
    """The schema of a whole number."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return schema if default is None else {**schema, "default": default}


_DAY_OR_INSTANT = "A day, 2026-01-31, or an instant of RFC 3339."
FROM = Parameter("from", f"Where the range begins. {_DAY_OR_INSTANT}")
TO = Parameter("to", f"Where it ends, not included. {_DAY_OR_INSTANT}")
TENANT = Parameter("tenant", f"Whose; {DEFAULT_TENANT} unless it is given.")
CURSOR = Parameter("cursor", "Where the page begins, as `next` of the page before has it.")

FILTERS = tuple(
    Parameter(name, f"Only what has this {name}; several: one of them.", schema, many=True)
    for name, schema in (
        ("service", {"type": "string"}),
        ("environment", {"type": "string"}),
        ("tier", one_of(TIERS)),
        ("repository", {"type": "string"}),
        ("team", {"type": "string"}),
    )
)
METRIC = (
    FROM,
    TO,
    Parameter("interval", "Of the buckets.", one_of(INTERVALS)),
    Parameter("tz", "An IANA time zone, whose midnights begin the days."),
    Parameter("week_start", "The day on which weeks begin.", one_of(WEEKDAYS)),
    *FILTERS,
    Parameter("tenant", f"Whose; {DEFAULT_TENANT} unless it is given.", many=True),
    Parameter("group_by", "An answer for each value of it.", one_of(DIMENSIONS), many=True),
    Parameter("percentile", "To be answered beside the value.", many=True),
    Parameter("definition", "The name of another definition to answer by."),
)


def parameters(req: Request, allowed: Sequence[str] | None) -> Mapping[str, list[str]]:
    """The query's parameters with all their values; None allows any, for who checks them itself.

    Raises InvalidQuery for a name that is not allowed or comes twice.
    """
    try:
        given = parse_qs(req.query_string, keep_blank_values=True, errors="strict")
    except ValueError:
        raise InvalidQuery("the query is not UTF-8 after percent-decoding", where="") from None
    if allowed is None:
        return given
    for name, values in given.items():
        if name not in allowed:
            reason = "there is no such parameter" if allowed else "there are no parameters here"
            raise InvalidQuery(reason, where=name[:40], allowed=allowed)
        if len(values) > 1:
            raise InvalidQuery("may be given once", where=name)
    return given


def declared(req: Request, operation: Operation) -> Mapping[str, list[str]]:
    """The same of those that the operation declares, each of which may come several times.

    Raises InvalidQuery for another one.
    """
    given = parameters(req, None)
    names = [each.name for each in operation.parameters if each.place == "query"]
    for name in given:
        if name not in names:
            raise InvalidQuery("there is no such parameter", where=name[:40], allowed=names)
    return given


def of_tenant(req: Request, given: Given) -> Given:
    """The parameters, with the tenant that the caller is bound to. Raises Forbidden for another."""
    grant: Grant = req.context.grant
    if grant.tenant is None:
        return given
    if any(name != grant.tenant for name in given.get("tenant", ())):
        raise Forbidden(f"the token is for the tenant {grant.tenant!r}", where="tenant")
    return {**given, "tenant": [grant.tenant]}


def tenant(given: Given) -> str:
    """The one tenant that is asked about. Raises InvalidQuery."""
    name = given.get("tenant", [DEFAULT_TENANT])[-1]
    if not name or "\0" in name:
        raise InvalidQuery("must be the name of a tenant", where="tenant")
    return name


def number(given: Given, name: str, *, default: int | None, least: int, most: int) -> int | None:
    """A whole number. Raises InvalidQuery."""
    if name not in given:
        return default
    text = given[name][-1]
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise InvalidQuery(f"must be a whole number from {least} to {most}", where=name)
    return int(text)
