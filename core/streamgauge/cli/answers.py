"""Answers of metrics as tables for people, and as CSV for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from rich.text import Text

from streamgauge import csv_text, shapes
from streamgauge.cli.console import out, plain, table
from streamgauge.cli.sparkline import LONGEST, sparkline
from streamgauge.cli.units import shown
from streamgauge.metrics.rows import of_answer

_STYLES: Final = {"elite": "green", "high": "cyan", "medium": "yellow", "low": "red"}
_ALL: Final = "(all)"
_UNKNOWN: Final = "(none)"
_OF: Final = ("metric", "definition", "unit")


class Group(msgspec.Struct):
    """What an answer, or one of its groups, comes to."""

    value: float | None
    n: int
    buckets: list[shapes.Bucket]
    band: str | None = None
    previous: shapes.Previous | None = None
    percentiles: dict[str, float | None] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One of the things that were asked for: an answer, or a group of one."""

    answer: shapes.Metric
    labels: Sequence[str]
    """The values of the dimensions that it is grouped by."""
    told: Group


def show(answers: Sequence[shapes.Metric], dimensions: Sequence[str]) -> None:
    """Print the answers: buckets where all are of one metric, then a line for each of them."""
    first = answers[0]
    one_metric = len({answer.metric for answer in answers}) == 1
    one_definition = len({answer.definition for answer in answers}) == 1
    _print(_title(first, metric=one_metric, definition=one_definition))
    buckets = one_metric and not dimensions
    if buckets:
        _print("")
        _print_buckets(answers)
    leading = ([] if one_metric else ["metric"]) + ([] if one_definition else ["definition"])
    _print("")
    _print_lines(list(lines(answers, dimensions)), leading, dimensions, whole=buckets)
    notes = [note for answer in answers for note in _notes(answer, leading)]
    if buckets and not all(each.whole for answer in answers for each in answer.buckets):
        notes.insert(0, "* only partly in the range")
    for note in ["", *notes] if notes else []:
        _print(note)


def lines(answers: Sequence[shapes.Metric], dimensions: Sequence[str]) -> Iterator[Line]:
    """Each answer, and its groups."""
    for answer in answers:
        told = msgspec.convert(answer, Group, from_attributes=True)
        yield Line(answer, [_ALL for _ in dimensions], told)
        for group in answer.groups or []:
            labels = [_label(group.get(name)) for name in dimensions]
            yield Line(answer, labels, msgspec.convert(group, Group))


def as_csv(documents: Sequence[Mapping[str, Any]]) -> bytes:
    """What each answer is of, and then the row that the service's own CSV has for each bucket."""
    tables = [(document, of_answer(document)) for document in documents]
    columns = dict.fromkeys(name for _, table in tables for name in table.columns)
    found = [
        {**{name: document[name] for name in _OF}, **row}
        for document, table in tables
        for row in table.rows
    ]
    return csv_text.encode([*_OF, *columns], found, end="\n")


def _print_buckets(answers: Sequence[shapes.Metric]) -> None:
    percentiles = _percentiles(list(lines(answers, ())))
    columns = [answers[0].interval]
    for answer in answers:
        columns += ["value" if len(answers) == 1 else answer.definition, "n"]
        columns += [f"p{name}" for name in percentiles]
    # One by one: an answer that was asked for at midnight may have a bucket more than the others.
    starts = {each.start: each for answer in answers for each in answer.buckets}
    own = [{each.start: each for each in answer.buckets} for answer in answers]
    rows = []
    for start, bucket in starts.items():
        row = [_moment(start) + ("" if bucket.whole else " *")]
        for answer, found in zip(answers, own, strict=True):
            row += _figures(found.get(start), answer.unit, percentiles)
        rows.append(row)
    _print_table(columns, rows)


def _figures(
    told: shapes.Bucket | Group | None, unit: str, percentiles: Sequence[str]
) -> list[str]:
    if told is None:
        return ["", "", *("" for _ in percentiles)]
    more = [shown((told.percentiles or {}).get(name), unit) for name in percentiles]
    return [shown(told.value, unit), f"{told.n:,}", *more]


def _print_lines(
    found: Sequence[Line], leading: Sequence[str], dimensions: Sequence[str], *, whole: bool
) -> None:
    percentiles = _percentiles(found)
    columns = [*leading, *dimensions, "whole range" if whole else "value", "n"]
    columns += [f"p{name}" for name in percentiles]
    columns += ["band", "before", f"by {found[0].answer.interval}"]
    rows = [
        [
            *(getattr(line.answer, name) for name in leading),
            *line.labels,
            *_figures(line.told, line.answer.unit, percentiles),
            _band(line.told.band),
            _before(line.told, line.answer.unit),
            sparkline([each.value for each in line.told.buckets], out.encoding),
        ]
        for line in found
    ]
    _print_table(columns, rows)


def _percentiles(found: Sequence[Line]) -> list[str]:
    """Their names, in the order in which they were asked for; what counts nothing has none."""
    return list(dict.fromkeys(name for line in found for name in line.told.percentiles or {}))


def _title(answer: shapes.Metric, *, metric: bool, definition: bool) -> str:
    begin = f"{answer.metric}, " if metric else ""
    by = f", by {answer.definition}" if definition else ""
    return f"{begin}{_moment(answer.start)} to {_moment(answer.end)}, {answer.tz}{by}"


def _notes(answer: shapes.Metric, leading: Sequence[str]) -> Iterator[str]:
    of = ", ".join(str(getattr(answer, name)) for name in leading)
    begin = f"{of}: " if of else ""
    if answer.value is None and answer.reason:
        yield f"{begin}no value: {answer.reason}"
    if answer.left_out:
        counts = ", ".join(f"{count:,} {word}" for word, count in answer.left_out.items())
        yield f"{begin}left out: {counts}"
    if len(answer.buckets) > LONGEST:
        yield f"{begin}the line shows the last {LONGEST} of {len(answer.buckets)}"


def _band(name: str | None) -> Text:
    return Text(_safe(name or ""), style=_STYLES.get(name or "", ""))


def _before(told: Group, unit: str) -> str:
    """How the value stands to that of the range before."""
    earlier = None if told.previous is None else told.previous.value
    if told.value is None or earlier is None:
        return ""
    before = shown(earlier, unit)
    if before == shown(told.value, unit):
        return "the same"
    return f"{'up' if told.value > earlier else 'down'} from {before}"


def _label(value: Any) -> str:
    return _UNKNOWN if value is None else str(value)


def _moment(text: str) -> str:
    """An instant of an answer to the minute, and a day where it is a midnight of its zone."""
    day, _, time = text.partition("T")
    return day if time.startswith("00:00:00") else f"{day} {time[:5]}"


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    safe = [[each if isinstance(each, Text) else _safe(each) for each in row] for row in rows]
    made = table([_safe(each) for each in columns], safe)
    out.print(made, soft_wrap=not out.is_terminal)


def _print(line: str) -> None:
    out.print(Text(_safe(line)), soft_wrap=True)


def _safe(text: str) -> str:
    """What neither the terminal obeys nor its encoding lacks."""
    return plain(text).encode(out.encoding, "replace").decode(out.encoding)
