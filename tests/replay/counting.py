"""A metric with tables: as deployment frequency, and it keeps the deployments that count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL

from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.projections import Changed, Tables
from streamgauge.settings import Settings
from streamgauge.stages import builds
from streamgauge.stages.builds import Definition
from streamgauge_dora.defining import Definitions
from streamgauge_dora.metrics import DeploymentFrequency
from tests.helpers import rows


class Counted(DeploymentFrequency):
    """Its table has the deployments of the kinds that its definition counts."""

    tables: Sequence[str] = ("counted_deployments",)
    schema = (
        "create table {counted_deployments} (tenant text not null, service text not null,"
        " environment text, finished_at timestamptz not null)"
    )

    def refresh(
        self, cursor: Cursor[Any], tables: Tables, changed: Changed | None, definition: Definition
    ) -> None:
        since, upto = changed or (0, 2**60)
        cursor.execute(
            SQL(
                "insert into {counted_deployments}"
                " select tenant, service, environment, finished_at from {deployments}"
                " where kind = any(%s) and position > %s and position <= %s"
            ).format(**tables),
            (definition["deployments"]["kinds"], since, upto),
        )


def a_definition(folder: Path, *kinds: str, name: str = "ours") -> Path:
    """A file by which the deployments of these kinds count."""
    file = folder / "ours.toml"
    listed = ", ".join(f'"{kind}"' for kind in kinds)
    file.write_text(f'name = "{name}"\ntitle = "Ours"\n[deployments]\nkinds = [{listed}]\n')
    return file


def with_definition(file: Path) -> Plugins:
    """Facts, links and this metric, by the file."""
    settings = Settings.load({"STREAMGAUGE_DORA_DEFINITION": str(file)})
    plugins = Plugins(settings)
    plugins.metrics = {Counted.name: Counted(Definitions(settings))}
    return plugins


def counted(database: Database) -> list[tuple[Any, ...]]:
    """The rows of its current build."""
    with database.transaction() as cursor:
        number = builds.current(cursor, Counted.name).number
    return rows(database, f"select * from counted_deployments__{number} order by 1, 2, 3, 4")
