"""What was parked and is retried reaches the metrics, though they have passed its position."""

from __future__ import annotations

import pytest

import streamgauge_dora.deployments
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.processors import dead_letters
from streamgauge.stages import requests
from streamgauge.streams.cdevents_log import RecordedCDEvent
from tests.crash.tables import contents
from tests.helpers import a_deployment, append_cdevents, drain, processors, replay, rows

STAGES = ("deployments", "deployment_frequency")


def test_a_deployment_that_is_folded_on_request_counts(
    database: Database, plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = streamgauge_dora.deployments._row

    def refusing(recorded: RecordedCDEvent) -> object:
        if recorded.event.id == "deployment-1":
            raise ValueError("not this one")
        return row(recorded)

    monkeypatch.setattr(streamgauge_dora.deployments, "_row", refusing)
    append_cdevents(database, [a_deployment(n) for n in range(4)])
    drain(*processors(database, plugins))
    assert rows(database, "select count(*) from deployments") == [(3,)]
    monkeypatch.undo()
    with database.transaction() as cursor:
        dead_letters.request_retry(cursor, dead_letters.listed(cursor))
    drain(*processors(database, plugins))
    with database.transaction() as cursor:
        (waiting,) = requests.waiting(cursor)
    assert (waiting.stage, waiting.action, waiting.asked_by) == (STAGES[1], "replay", "retry")
    replay(database, plugins, waiting.stage)
    retried = contents(database, *STAGES)
    # A metric's build that was kept is filled again when somebody goes back to it.
    replay(database, plugins, waiting.stage, "rollback")
    assert rows(database, "select count(*) from counted_deployments__1") == [(4,)]
    replay(database, plugins, "deployments")
    anew = contents(database, *STAGES)
    assert retried["deployments"] == anew["deployments"]
    assert retried["deployment_frequency"] == anew["deployment_frequency"]
