"""``demo``: months of delivery history, played through the front door, and the metrics."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import click

from streamgauge.cli.console import err, out, progress_bar, say
from streamgauge.postgres.reach import database_url
from streamgauge.settings import Settings
from streamgauge_demo import kubernetes, play, show
from streamgauge_demo.client import Sent, send
from streamgauge_demo.follow import metrics, wait_until_processed
from streamgauge_demo.requests import WEEKS
from streamgauge_demo.service import Address, Service, running

DATABASE = "streamgauge_demo"
UNHURRIED = {"STREAMGAUGE_WEBHOOK_RATE": "1000000000"}
"""Months of events come at once, whatever the settings allow a sender."""
LINE_SECONDS = 2.0
"""Without a terminal there is no bar, but a line now and then."""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help="The port.  [default: 8080, or the next one that is free]",
)
@click.option("--once", is_flag=True, help="Show the metrics and stop.")
def demo(port: int | None, once: bool) -> None:
    """Play months of delivery events into a fresh service and show the metrics.

    The events of an invented company arrive as its tools would send them: GitHub webhooks,
    Kubernetes watch events, CDEvents. Running it again adds only what is new. It always uses the
    embedded PostgreSQL, with a database of its own.
    """
    settings = Settings.load()
    address = Address(settings.host, settings.port if port is None else port, port is not None)
    if settings.database_url is not None:
        err.print(
            "DATABASE_URL is left alone: the demo only ever writes to the embedded PostgreSQL",
            soft_wrap=True,
        )
    settings = replace(settings, database_url=None)
    # SIGTERM unwinds as Ctrl-C does; and a shell's background jobs are started deaf to SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with database_url(settings, name=DATABASE, say=say) as url:
        secret = secrets.token_hex(20)
        given = {**kubernetes.SETTINGS, "STREAMGAUGE_GITHUB_SECRET": secret, **UNHURRIED}
        with running(address, url, given, say) as service, _undisturbed_end():
            _play(service, play.today(), secret.encode(), url, settings.ingest_tokens)
            if not once:
                _serve(service)


def _play(service: Service, day: date, secret: bytes, url: str, tokens: Sequence[str]) -> None:
    sent = _send(service, day, secret, tokens)
    say(f"{sent.new + sent.known:,} events: {sent.new:,} new, {sent.known:,} known already")
    parked = _process(service)
    if parked:
        say(f"{parked} of them could not be handled; see: streamgauge dead-letters list")
    out.print("\n[bold]The last 90 days, in production[/]\n")
    show.metrics_table(metrics(service))
    show.where_to_look(service.url, url)


def _send(service: Service, day: date, secret: bytes, tokens: Sequence[str]) -> Sent:
    with show.waiting(f"making up {WEEKS} weeks of work at five services"):
        requests = play.requests(day, secret)
    if tokens:
        shown = {"authorization": f"Bearer {tokens[0]}"}
        requests = [replace(each, headers={**each.headers, **shown}) for each in requests]
    say(f"sending {len(requests):,} requests, as GitHub and Kubernetes would")
    with _progress("sending", len(requests)) as advance:
        return send(service.host, service.port, requests, lambda done: advance(done, len(requests)))


def _process(service: Service) -> int:
    say("waiting for the router and the projections")
    with _progress("processing", None) as advance:
        return wait_until_processed(service, advance)


def _serve(service: Service) -> None:
    say(f"{service.url}: serving until Ctrl-C")
    try:
        while True:
            service.check()
            time.sleep(0.2)
    except KeyboardInterrupt:
        return


@contextmanager
def _undisturbed_end() -> Iterator[None]:
    """After the block, what ends the demo is not interrupted by a second Ctrl-C."""
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        say("stopping")


@contextmanager
def _progress(text: str, total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, else a line now and then; it is told what is done, and of how many."""
    if not err.is_terminal:
        yield _lines(text)
        return
    with progress_bar() as bar:
        task = bar.add_task(text, total=total)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(text: str) -> Callable[[int, int], None]:
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= LINE_SECONDS:
            last = time.monotonic()
            say(f"  {text}: {done:,} of {total:,}")

    return tell
