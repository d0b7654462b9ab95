"""``serve``: everything in one go, or one role of a larger installation."""

from __future__ import annotations

import logging
import signal
from dataclasses import replace
from typing import cast

import click

from streamgauge import logs, traces
from streamgauge.access import in_url
from streamgauge.cli.console import say
from streamgauge.metrics.teams import Teams
from streamgauge.plugins import Plugins
from streamgauge.postgres.reach import database_url
from streamgauge.routing.router import routing_table
from streamgauge.routing.settings import binding_of
from streamgauge.settings import Settings

ROLES = ("ingest", "api", "worker")
_SUPERVISED = "_STREAMGAUGE_SUPERVISED"


@click.command()
@click.option("--host", help="The address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port.  [default: 8080]")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="Run only this part; may be given several times.  [default: all]",
)
@click.option("--verbose", is_flag=True, help="Log what happens, not only what goes wrong.")
def serve(host: str | None, port: int | None, roles: tuple[str, ...], verbose: bool) -> None:
    """Serve: ingest events, route them, keep the projections, answer queries.

    Each role may run in as many replicas as you like against one PostgreSQL.
    """
    if verbose:
        logging.getLogger("streamgauge").setLevel(logging.INFO)
        logging.getLogger("streamgauge_http").setLevel(logging.INFO)
    settings = Settings.load()
    settings = replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
    traces.check(settings)
    chosen = set(roles or ROLES)
    if "worker" in chosen:
        routing_table(Plugins(settings), settings)  # what is wrong in it is said before all else
    if chosen != {"worker"}:
        _check_files(settings)
    with database_url(settings, say=logs.teller(say)) as url:
        if chosen == {"worker"}:
            _work(settings, url)
            return
        _say_who_may(settings, url)
        if "worker" not in chosen:
            _listen(settings, url, chosen)
        else:
            _supervise(settings, url, chosen, verbose)


def _check_files(settings: Settings) -> None:
    """Raise SettingsError here, where it ends the program: in a process that was started for
    requests it would end that alone, again and again."""
    from streamgauge_http.server.tls import tls_of

    Teams.configured(settings)
    binding_of(settings)
    tls_of(settings)


def _say_who_may(settings: Settings, url: str) -> None:
    """Once: not again in the processes that a supervisor starts."""
    if _SUPERVISED in settings.environ:
        return
    from streamgauge_http.opening import said_of_openness

    said = said_of_openness(settings, url)
    if said is not None:
        logs.teller(say)(said)


def _work(settings: Settings, url: str) -> None:
    from streamgauge.processors.worker import Worker

    worker = Worker(settings, url)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stop())
    worker.run()


def _listen(settings: Settings, url: str, roles: set[str]) -> None:
    # Falcon and gunicorn are an extra: only who listens needs them.
    from streamgauge_http.app import create_app
    from streamgauge_http.runtime import Runtime
    from streamgauge_http.server.body import ASGIApp
    from streamgauge_http.server.gunicorn_app import run
    from streamgauge_http.server.tls import tls_of
    from streamgauge_http.telemetry.described import UNREADABLE
    from streamgauge_http.telemetry.shared import shared

    tell = logs.teller(say)
    tls = tls_of(settings)
    scheme = "http" if tls is None else "https"
    with shared() as counts:
        run(
            lambda: cast("ASGIApp", create_app(Runtime(settings, url, shared=counts), roles)),
            host=settings.host,
            port=settings.port,
            workers=settings.http_workers,
            tls=tls,
            on_ready=lambda host, port: tell(f"listening on {scheme}://{in_url(host)}:{port}"),
            on_worker_end=counts.bury,
            on_unreadable=lambda slug: counts.counted.add(UNREADABLE, slug, 1),
        )


def _supervise(settings: Settings, url: str, roles: set[str], verbose: bool) -> None:
    from streamgauge_http.supervisor import Supervisor

    more = ["--verbose"] if verbose else []
    listening = [part for role in sorted(roles - {"worker"}) for part in ("--role", role)]
    address = ["--host", settings.host, "--port", str(settings.port)]
    Supervisor(
        {
            "http": ["serve", *listening, *address, *more],
            "worker": ["serve", "--role", "worker", *more],
        },
        environ={**settings.environ, "DATABASE_URL": url, _SUPERVISED: "1"},
        # Who delivers waits for an answer; what is made of the events can wait, and in larger
        # pages costs less.
        background=["worker"],
    ).run()
