"""The parameters of a question, as Python has them and as a URL has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias, TypedDict
from urllib.parse import quote, urlencode

from streamgauge.errors import InvalidQuery
from streamgauge.timestamps import format_rfc3339

Moment: TypeAlias = str | date
"""A day, an instant with its zone, or either as the service reads it."""
Texts: TypeAlias = str | Sequence[str]


class Question(TypedDict, total=False):
    """What a metric can be asked: docs/reference/http.md#a-metrics-parameters."""

    from_: Moment
    to: Moment
    interval: str
    tz: str
    week_start: str
    service: Texts
    environment: Texts
    tier: Texts
    repository: Texts
    team: Texts
    tenant: Texts
    group_by: Texts
    percentile: float | Sequence[float]
    definition: str


class ListQuestion(TypedDict, total=False):
    """What a list can be asked: docs/reference/http.md#lists. `limit` is that of a page."""

    from_: Moment
    to: Moment
    service: Texts
    environment: Texts
    repository: Texts
    outcome: Texts
    kind: Texts
    tenant: str
    limit: int


def address(path: str, question: Mapping[str, Any]) -> str:
    """The path with the question as its query; what is None is left out.

    Raises InvalidQuery for what cannot be written: an instant without a zone, an empty list, which
    would ask for everything, text that is no Unicode, a path that is none.
    """
    if not path.startswith("/"):
        raise InvalidQuery("a path begins with a slash, such as /v1/metrics", where=path[:40])
    asked = {
        # `from` is a word of the language.
        "from" if name == "from_" else name: _texts(name, value)
        for name, value in question.items()
        if value is not None
    }
    try:
        query = urlencode(asked, doseq=True, quote_via=quote)
    except UnicodeEncodeError:
        raise InvalidQuery("holds what is no text", where="") from None
    return f"{path}?{query}" if query else path


def segment(text: str) -> str:
    """A name or an id as a part of a path. Raises InvalidQuery for none, which is another path."""
    if not text:
        raise InvalidQuery("must not be empty", where="")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidQuery("holds what is no text", where="") from None


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return [_text(name, value)]
    if not value:
        raise InvalidQuery("is an empty list; leave it out to ask for all", where=name)
    return [_text(name, each) for each in value]


def _text(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        try:
            return format_rfc3339(value)
        except ValueError as error:
            raise InvalidQuery(str(error), where=name) from None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidQuery(f"cannot be a {type(value).__name__}", where=name)
    return str(value)
