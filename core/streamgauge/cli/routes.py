"""``routes``: what goes where, and why an event does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import click
from rich.text import Text

from streamgauge import json_codec
from streamgauge.cli.console import json_option, out, print_json, print_table
from streamgauge.cli.ingest import BOM
from streamgauge.cloudevents import Event
from streamgauge.cloudevents.json_format import parse, parse_batch
from streamgauge.errors import InvalidInput
from streamgauge.plugins import Plugins
from streamgauge.routing.filters import described
from streamgauge.routing.reasons import Reasons, reasons
from streamgauge.routing.router import routing_table
from streamgauge.routing.rules import Rule
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings

_MOST = 1_000_000


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def routes(context: click.Context, as_json: bool) -> None:
    """List which events go to which transformers, by the plugins and your routing table."""
    context.obj = as_json
    if context.invoked_subcommand is not None:
        return
    table = _table()
    rules = table.rules.all if table.rules else ()
    if as_json:
        print_json(table.as_json())
        return
    print_table(
        ("event type", "transformers"),
        [(key, ", ".join(targets) or "(switched off)") for key, targets in table.routes.items()],
        empty="there are no routes",
    )
    if rules:
        out.print()
        print_table(
            ("rule", "filters", "when", "transformers"), list(map(_row, rules)), empty="no rules"
        )


@routes.command()
@click.argument("file", type=click.File("rb"))
@json_option
@click.pass_obj
def test(listed_as_json: bool, file: BinaryIO, as_json: bool) -> None:
    """Show where the events in FILE go and why; - reads standard input. Nothing is called.

    FILE is a CloudEvent in JSON, a batch of them, or a line for each, as export writes them. Of
    each rule that does not match, the first filter or condition that is not met is shown.
    """
    table = _table()
    try:
        found = [reasons(table, event) for event in _events(file.read())]
    except InvalidInput as error:
        raise click.BadParameter(str(error), param_hint="FILE") from None
    if as_json or listed_as_json:
        print_json({"items": [item.as_json() for item in found]})
        return
    for item in found:
        out.print(_shown(item), soft_wrap=True)


def _table() -> RoutingTable:
    settings = Settings.load()
    return routing_table(Plugins(settings), settings)


def _row(rule: Rule) -> tuple[str, str, str, str]:
    when = "" if rule.when is None else rule.when.source
    return rule.name or "", described(rule.written.get("filters")), when, ", ".join(rule.to)


def _events(body: bytes) -> Iterator[Event]:
    """The events of a file in whichever of the three forms. Raises InvalidInput."""
    body = body.removeprefix(BOM).rstrip()
    if not body:
        raise InvalidInput("there is no event in it")
    if body.lstrip().startswith(b"["):
        for parsed in parse_batch(body, max_events=_MOST):
            yield parsed.event
    elif _is_lines(body):
        yield from _lines(body)
    else:
        yield parse(body)


def _is_lines(body: bytes) -> bool:
    """Whether each line is a value. Of one that is broken over lines, the last is none."""
    return _is_json(body.rpartition(b"\n")[2]) and not _is_json(body)


def _is_json(text: bytes) -> bool:
    try:
        json_codec.decode(text)
    except ValueError:
        return False
    return True


def _lines(body: bytes) -> Iterator[Event]:
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                yield parse(line.strip())
            except InvalidInput as error:
                where = f"line {number}: {error.where}" if error.where else f"line {number}"
                raise InvalidInput(error.reason, where=where) from None


def _shown(item: Reasons) -> Text:
    event = item.event
    lines = [f"{event.type} {event.id} from {event.source}"]
    lines += [f"  -> {target}: {', '.join(why)}" for target, why in item.targets.items()]
    if not item.targets:
        lines.append("  goes nowhere")
    if item.key is None:
        lines.append("  no route has its type")
    elif not any(f"type {item.key}" in why for why in item.targets.values()):
        lines.append(f"  switched off: type {item.key}")
    lines += [f"  not {rule}: {why}" for rule, why in item.others.items()]
    return Text("\n".join(lines))
