"""The dashboards of k8s/monitoring/grafana, made here so that they are alike.

`pytest tests/grafana --golden=update` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.grafana.making import operations, overview, teams
from tests.grafana.making.parts import Json

FOLDER = Path(__file__).parents[3] / "k8s/monitoring/grafana"
DASHBOARDS: Mapping[str, Json] = {
    "dora-overview.json": overview.dashboard(),
    "by-team.json": teams.dashboard(),
    "operations.json": operations.dashboard(),
}
"""File name -> dashboard."""
