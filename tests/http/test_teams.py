"""The teams of the settings, over HTTP: an unknown one is told with those that there are."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import fresh_database
from tests.service import Service

UNKNOWN = "/v1/metrics/deployment_frequency?team=ferries"


def test_an_unknown_team_is_told_with_those_of_the_file_as_it_is(
    server_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "teams.toml"
    path.write_text('[[team]]\nname = "payments"\nservices = ["pay"]\n')
    environ = {"STREAMGAUGE_TEAMS": str(path)}
    with fresh_database(server_url) as url, Service.running(url, environ=environ) as service:
        for teams in (["payments"], ["bookings", "payments"]):
            answer = service.get(UNKNOWN)
            assert (answer.status, answer.json["type"]) == (400, "/problems/invalid-query")
            assert (answer.json["where"], answer.json["allowed"]) == ("team", teams)
            with path.open("a") as file:
                file.write('[[team]]\nname = "bookings"\nservices = ["book"]\n')
