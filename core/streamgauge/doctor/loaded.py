"""What is wrong with plugins, and with where they send events."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.doctor.finding import Finding
from streamgauge.errors import InvalidTransformer, RoutesError
from streamgauge.plugins import Plugins
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import RoutingTable
from streamgauge.settings import Settings

RECENT = 1000
"""So many of the last events are looked at."""


def plugins_in_trouble(plugins: Plugins) -> Iterator[Finding]:
    """Plugins that have failed, and those that use what will go."""
    for plugin in plugins.plugins:
        where = f"{plugin.name} ({plugin.distribution} {plugin.version})"
        if plugin.error is not None:
            yield Finding(
                "plugin-failed",
                plugin.error,
                where,
                f"install a version of {plugin.distribution} that works, or mend its settings",
            )
        for warning in plugin.warnings:
            yield Finding(
                "plugin-deprecated",
                warning,
                where,
                f"install a newer {plugin.distribution} before you install a newer Streamgauge",
            )


def routes_that_cannot_be_read(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """An operator's table or transformers for which `serve` would not start."""
    try:
        routing_table(plugins, settings)
    except (RoutesError, InvalidTransformer) as error:
        yield Finding(
            "routes-unreadable",
            str(error),
            "routes, transformers",
            "mend the file, and look at it with: streamgauge routes",
        )


def events_to_nowhere(cursor: Cursor[TupleRow], table: RoutingTable) -> Iterator[Finding]:
    """Types of recent events that have no route, and that no rule takes."""
    cursor.execute(
        "select topic, count(*), (array_agg(state) filter (where state <> ''))[1] from (select"
        " topic, state from cloudevents_events order by notification_id desc limit %s) as recent"
        " group by topic order by count(*) desc, topic",
        (RECENT,),
    )
    for topic, count, state in cursor.fetchall():
        rules = table.rules
        if table.key_of(topic) is None and not (
            rules and (not state or rules.targets(topic, state, ()))
        ):
            yield Finding(
                "routes-to-nothing",
                f"{count} of the last {RECENT:,} events are of a type that goes nowhere",
                topic,
                "give it a route in the routing table (the setting routes): to a transformer, or"
                " to [] if it is of no interest",
            )
