"""Answers, explanations and lists as rows, for a table or for CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from streamgauge import json_codec
from streamgauge.csv_text import flat

_OF_BUCKETS: Final = ("start", "end", "whole", "value", "n", "reason")
_OF_ITEMS: Final = ("counts", "left_out", "role", "amount")

Row = Mapping[str, Any]


class Table(NamedTuple):
    """Rows, and what of them is shown, in this order."""

    columns: Sequence[str]
    rows: Sequence[Row]


def of_answer(document: Mapping[str, Any]) -> Table:
    """A row for each bucket, or with ``group_by`` for each bucket of each group.

    First what it is grouped by, then the bucket and its value, then by name whatever else the
    metric says of it.
    """
    answer = _plain(document)
    names: Sequence[str] = answer["group_by"]
    groups = answer["groups"] if names else [answer]
    rows = [
        {name: group[name] for name in names} | flat(bucket)
        for group in groups
        for bucket in group["buckets"]
    ]
    return Table(_columns((*names, *_OF_BUCKETS), rows), rows)


def of_items(document: Mapping[str, Any], fields: Sequence[str]) -> Table:
    """A row for each item of an explanation's page; all pages have the columns of `fields`."""
    explanation = _plain(document)
    names = [f"group.{name}" for name in explanation["group_by"]]
    rows = [flat(item) for item in explanation["items"]]
    return Table(_columns((*_OF_ITEMS, *names), [*rows, dict.fromkeys(fields)]), rows)


def of_list(document: Mapping[str, Any]) -> Table:
    """A row for each item of a page, in the order in which an item has its members."""
    rows: Sequence[Row] = _plain(document)["items"]
    return Table(list(dict.fromkeys(["id", *(name for row in rows for name in row)])), rows)


def _columns(first: Sequence[str], rows: Sequence[Row]) -> Sequence[str]:
    rest = {name for row in rows for name in row} - {*first, "group"}
    return [*first, *sorted(rest)]


def _plain(document: Mapping[str, Any]) -> Any:
    """As it is in JSON: moments and ids as texts."""
    return json_codec.decode(json_codec.encode(document))
