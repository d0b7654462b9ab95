"""``lineage``: from an id down to the events that it is made of, as a tree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from streamgauge.cli.console import json_option, out, print_json, say
from streamgauge.lineage import lineage as trace
from streamgauge.plugins import Plugins
from streamgauge.postgres.migrate import require_current
from streamgauge.postgres.reach import reach
from streamgauge.settings import Settings
from streamgauge.streams.recorder import DEFAULT_TENANT

_ON_ONE_LINE = bytes.maketrans(b"\r\n\t", b"   ")


@click.command()
@click.argument("id")
@click.option("--documents", is_flag=True, help="Print the events themselves, too.")
@json_option
def lineage(id: str, documents: bool, as_json: bool) -> None:  # noqa: A002
    """Show which CDEvents ID is made of, what made each of them, and of which CloudEvent.

    ID is the id of a deployment or of anything else that a projection knows, of a CDEvent or of a
    CloudEvent. With --json, the documents are always there.
    """
    settings = Settings.load()
    plugins = Plugins(settings)
    with reach(settings, role="lineage", say=say) as database:
        with database.transaction() as cursor:
            require_current(cursor)
        found = trace(database, plugins, DEFAULT_TENANT, id)
    if as_json:
        print_json(found)
        return
    for level, text in _tree(found, documents):
        _print(text, level)
    for letter in found["dead_letters"]:
        _print(_dead_letter(letter))
    for name, reason in found["left_out"].items():
        say(f"{name} was not asked: {reason}")
    if found["truncated"]:
        say("there are more: these are the first that were recorded")


def _tree(found: dict[str, Any], documents: bool) -> Iterator[tuple[int, str]]:
    """The lines, each with its level."""
    yield 0, f"{found['id']}: known to {', '.join(found['what'])}"
    for event in found["events"]:
        yield 1, _cdevent(event)
        if documents and event["cdevent"]:
            yield 2, _document(event["cdevent"])
        level = 2
        if event["transformer"]:
            yield 2, f"made by {event['transformer']}"
            level = 3
        if event["cloudevent"]:
            yield level, _cloudevent(event["cloudevent"])
            if documents:
                yield level + 1, _document(event["cloudevent"])


def _cdevent(event: dict[str, Any]) -> str:
    made = event["cdevent"]
    if made is None:
        return f"no CDEvent: {event['reason']}"
    return (
        f"{made['timestamp']} {made['type']} of {made['subject']} from {made['source']},"
        f" id {made['id']}, position {made['position']}"
    )


def _cloudevent(event: dict[str, Any]) -> str:
    return (
        f"CloudEvent {event['event_id']} of {event['source']}, {event['type']}, id {event['id']},"
        f" position {event['position']}, recorded {event['recorded_at']}"
    )


def _dead_letter(letter: dict[str, Any]) -> str:
    return (
        f"dead letter at position {letter['position']} of {letter['log']}: {letter['handler']}"
        f" {letter['handler_version']}, {letter['state']}: {letter['reason']}"
    )


def _document(event: dict[str, Any]) -> str:
    """The event as the log has it, but for white space between its members."""
    if event["document"] is None:
        return f"archived, in {event['archived']['file']}"
    return bytes(event["document"]).translate(_ON_ONE_LINE).decode()


def _print(text: str, level: int = 0) -> None:
    """What others have written, but for characters that would steer a terminal."""
    plain = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    out.print(Text("  " * level + plain), soft_wrap=True)
