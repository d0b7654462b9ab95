"""Reads what a URL asks, and writes documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from falcon.asgi import Request, Response

from streamgauge import json_codec
from streamgauge.errors import InvalidQuery

JSON = "application/json"


def parameters(req: Request, allowed: Sequence[str] | None) -> dict[str, list[str]]:
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


def number(
    given: Mapping[str, Sequence[str]], name: str, *, default: int | None, least: int, most: int
) -> int | None:
    """The whole number of a parameter, or the default. Raises InvalidQuery for anything else."""
    if name not in given:
        return default
    text = given[name][-1]
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise InvalidQuery(f"must be a whole number from {least} to {most}", where=name)
    return int(text)


def write_json(resp: Response, document: object) -> None:
    """Answer with the document."""
    resp.content_type = JSON
    resp.data = json_codec.encode(document)
