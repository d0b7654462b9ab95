"""By team: the five side by side, and for each team its curves and its services."""

from __future__ import annotations

from tests.grafana.making import variables
from tests.grafana.making.five import FIVE, over_time, side_by_side
from tests.grafana.making.parts import Json, row
from tests.grafana.making.parts import dashboard as framed

_FILTERS = "${team:customqueryparam}&${environment:customqueryparam}"


def dashboard() -> Json:
    """All of it."""
    return framed(
        "streamgauge-teams",
        "Streamgauge: by team",
        "The five DORA metrics of teams, as the file of teams says whose a service is on a day.",
        variables=[
            *variables.sources("infinity"),
            variables.choice("team", "Team", repeated=True),
            variables.choice("environment", "Environment"),
            *variables.asked(),
        ],
        panels=[
            side_by_side(
                "The five by team", "team", _FILTERS, page="team",
                description="Each team's numbers are of all its services together. They are no"
                " league table: compare a team with itself over time.",
            ),
            row("$team", repeat="team"),
            *(
                over_time(each, _FILTERS, width=w)
                for each, w in zip(FIVE, (8, 8, 8, 12, 12), strict=True)
            ),
            side_by_side(
                "Services of $team", "service", _FILTERS, page="service",
                description="The five of each service of the team. A name leads to its overview.",
            ),
        ],
        time=("now-90d/d", "now/d"),
        refresh="",
    )  # fmt: skip
