"""``explain``: what a metric's answer is made of, what it leaves out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click
from rich.text import Text

from streamgauge.cli.console import json_option, out, plain, print_json, say
from streamgauge.cli.questions import asked, question_options
from streamgauge.errors import InvalidQuery
from streamgauge.metrics import MetricQuery, Teams
from streamgauge.metrics.answer import explain as explained
from streamgauge.plugins import Plugins
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings

_NOT_SHOWN: Final = frozenset({"counts", "left_out", "group"})


@click.command()
@click.argument("metric")
@question_options(help_texts={"interval": "What some values are by: day, week, month."})
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Items shown.")
@click.option("--after", type=click.IntRange(0), default=0, help="Items to pass over first.")
@json_option
def explain(metric: str, limit: int, after: int, as_json: bool, **options: Any) -> None:
    """Show what the answer of METRIC over a range is made of.

    + stands before what counts, - before what does not, with the reason.

    The range is a bucket's, or any other. Ids can be followed down to the events
    that it is from with `streamgauge lineage ID`.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    try:
        query = MetricQuery.parse(
            asked(options), now=datetime.now(UTC), teams=Teams.configured(settings)
        )
        with reach(settings, role="explain", say=say) as database:
            with database.transaction() as cursor:
                require_current(cursor)
            found = explained(database, plugins, metric, query, after=after, limit=limit)
    except InvalidQuery as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json(found)
        return
    _line(
        f"{found['metric']} by {found['definition']}, {found['from']} to {found['to']}:"
        f" {_value(found['value'])} ({found['unit']}), made of {found['n']}"
    )
    for item in found["items"]:
        _line(_item(item))
    for word, meaning in found["reasons"].items():
        _line(f"{word}: {meaning}")
    shown = after + len(found["items"])
    if shown < found["total"]:
        say(f"{shown} of {found['total']} are shown; go on with --after {shown}")


def _item(item: Mapping[str, Any]) -> str:
    told = [f"{key} {_value(value)}" for key, value in item.items() if _says(key, value)]
    why = f"  ({item['left_out']})" if item["left_out"] else ""
    return f"{'+' if item['counts'] else '-'} {', '.join(told)}{why}"


def _says(key: str, value: object) -> bool:
    return key not in _NOT_SHOWN and value is not None and value != []


def _value(value: object) -> str:
    if value is None:
        return "no value"
    if isinstance(value, list):
        return "[" + "; ".join(_value(each) for each in value) + "]"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items() if each is not None)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _line(text: str) -> None:
    out.print(Text(plain(text)), soft_wrap=True)
