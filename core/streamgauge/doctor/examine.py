"""All checks, in the order of what depends on what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from streamgauge.doctor import configuration, loaded, production, server, silence
from streamgauge.doctor import stages as stage_checks
from streamgauge.doctor.finding import Finding
from streamgauge.errors import InvalidTransformer, RoutesError
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import sources
from streamgauge.replay.chain import Stages
from streamgauge.replay.status import status
from streamgauge.routing.router import routing_table
from streamgauge.settings import Settings
from streamgauge.streams.recorder import DEFAULT_TENANT


def without_postgres(settings: Settings, plugins: Plugins) -> Iterator[Finding]:
    """What can be told without it."""
    yield from configuration.settings_that_do_nothing(settings, plugins)
    yield from configuration.files_that_cannot_be_read(settings)
    yield from configuration.what_is_open(settings)
    yield from configuration.webhooks_without_a_secret(settings, plugins)
    yield from loaded.plugins_in_trouble(plugins)
    yield from loaded.routes_that_cannot_be_read(settings, plugins)


def with_postgres(
    database: Database, settings: Settings, plugins: Plugins, embedded: Path | None
) -> Iterator[Finding]:
    """What Postgres tells. `embedded` is the folder of the embedded server, where it is that.

    Raises DatabaseUnavailable.
    """
    if embedded is not None:
        yield from server.disk(embedded)
    with database.snapshot() as cursor:
        yield from server.clock(cursor)
        wrong = list(server.tables(cursor))
        yield from wrong
        if wrong:
            return
        found = status(cursor, Stages(database, plugins))
        yield from stage_checks.nobody_at_work(found)
        yield from stage_checks.stages_in_trouble(found)
        with suppress(RoutesError, InvalidTransformer):  # that it cannot be read is told already
            yield from loaded.events_to_nowhere(cursor, routing_table(plugins, settings))
        heard = sources.listed(cursor)
        yield from silence.silent_sources(heard, datetime.now(UTC))
    tenants = {DEFAULT_TENANT, *(each.tenant for each in heard)}
    yield from production.no_production(database, plugins, tenants)
