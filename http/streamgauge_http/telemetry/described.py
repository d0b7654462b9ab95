"""Every metric that `GET /metrics` gives; docs/reference/telemetry.md has the same ones."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class Described(NamedTuple):
    """A metric as Prometheus is told of it. The name of a counter ends in ``_total``."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


EVENTS = Described(
    "streamgauge_events_total",
    "counter",
    "Events that were offered, by what became of them: accepted, duplicate or conflict.",
    ("outcome",),
)
DELIVERIES = Described(
    "streamgauge_deliveries_total",
    "counter",
    "Requests that deliver, by how they were answered: taken, or the slug of the problem.",
    ("result",),
)
DURATION = Described(
    "streamgauge_http_request_duration_seconds",
    "histogram",
    "Time from a request's head to its answer, without sending it.",
    ("method", "route", "status"),
)
UNREADABLE = Described(
    "streamgauge_http_unreadable_total",
    "counter",
    "Requests that were refused before they reached a route, by the slug of the problem.",
    ("reason",),
)
VIEWERS = Described(
    "streamgauge_live_viewers", "gauge", "Who follows the live feed of a log just now.", ("log",)
)
PROCESSES = Described(
    "streamgauge_http_processes", "gauge", "Processes that answer requests, in this service."
)
MEMORY = Described(
    "streamgauge_http_resident_memory_bytes",
    "gauge",
    "Resident memory of the processes that answer requests, together.",
)
CPU = Described(
    "streamgauge_http_cpu_seconds_total",
    "counter",
    "User and system time of the processes that answer requests, together.",
)
FILES = Described(
    "streamgauge_http_open_fds",
    "gauge",
    "Open file descriptors of the processes that answer requests, together.",
)
POOL_CONNECTIONS = Described(
    "streamgauge_database_connections",
    "gauge",
    "Connections to Postgres in the pools of the processes that answer requests.",
    ("state",),
)
POOL_WAITING = Described(
    "streamgauge_database_waiting", "gauge", "Who waits for a connection of a pool just now."
)
BUILD = Described(
    "streamgauge_build_info", "gauge", "Always 1; the labels say what runs.", ("version", "python")
)
PLUGIN = Described(
    "streamgauge_plugin_up", "gauge", "1 where the plugin works, 0 where it failed.", ("plugin",)
)
DATABASE = Described(
    "streamgauge_database_up",
    "gauge",
    "1 where Postgres answered this scrape with tables of this version; without it there is nothing"
    " of stages, dead letters and sources.",
)
POSITION = Described(
    "streamgauge_stage_position", "gauge", "How far a stage has read; of its build.", ("stage",)
)
ROUTED = Described(
    "streamgauge_routed_events_total",
    "counter",
    "CloudEvents that the router is done with, whatever came of them; anew after a replay of it.",
)
CDEVENTS = Described(
    "streamgauge_cdevents_total",
    "counter",
    "CDEvents that were made of them and have passed the gate; anew after a replay of the router.",
)
HEAD = Described(
    "streamgauge_stage_head",
    "gauge",
    "The newest position there is to read for a stage; of cdevents: how many events were recorded.",
    ("stage",),
)
LAG = Described(
    "streamgauge_stage_lag_events",
    "gauge",
    "How many events a stage has still to read.",
    ("stage",),
)
LAG_SECONDS = Described(
    "streamgauge_stage_lag_seconds",
    "gauge",
    "For how long the oldest event has been waiting that a stage has not read.",
    ("stage",),
)
RATE = Described(
    "streamgauge_stage_events_per_second",
    "gauge",
    "Events that a stage has read, over about half a minute.",
    ("stage",),
)
BLOCKED = Described(
    "streamgauge_stage_blocked", "gauge", "1 where a stage has stopped at an event.", ("stage",)
)
HELD = Described(
    "streamgauge_stage_held", "gauge", "1 where a worker is at work on a stage.", ("stage",)
)
HOLDER = Described(
    "streamgauge_stage_holder_info",
    "gauge",
    "Always 1; which process is at work on a stage.",
    ("stage", "holder"),
)
DUE = Described(
    "streamgauge_stage_replay_due",
    "gauge",
    "1 where a stage's tables are not what would be made today.",
    ("stage",),
)
REPLAYING = Described(
    "streamgauge_replay_running", "gauge", "1 where a replay of a stage is at work.", ("stage",)
)
REPLAY_POSITION = Described(
    "streamgauge_replay_position",
    "gauge",
    "How far a replay at work is, in the stage that it builds just now.",
    ("stage", "step"),
)
REPLAY_HEAD = Described(
    "streamgauge_replay_head",
    "gauge",
    "Where a replay at work is done with the stage that it builds just now.",
    ("stage", "step"),
)
DEAD_LETTERS = Described(
    "streamgauge_dead_letters",
    "gauge",
    "Events that a handler could not handle and that are not settled.",
    ("stage", "handler", "state"),
)
SOURCE_EVENTS = Described(
    "streamgauge_source_events_total",
    "counter",
    "Recorded events of a source; beyond the hundred that say most, of all others together.",
    ("tenant", "source"),
)
SOURCE_LAST = Described(
    "streamgauge_source_last_event_timestamp_seconds",
    "gauge",
    "When the last event of a source was recorded, in seconds since 1970.",
    ("tenant", "source"),
)

METRICS: tuple[Described, ...] = tuple(
    sorted(each for each in globals().values() if isinstance(each, Described))
)
"""All of them, by name."""
