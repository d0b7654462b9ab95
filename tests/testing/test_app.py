"""The whole of Streamgauge but HTTP, as a plugin's tests have it."""

from __future__ import annotations

import pytest

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidQuery, UnknownName, WebhookRefused
from streamgauge.testing import App, Postgres, event


def test_events_in_answers_out(streamgauge_app: App) -> None:
    data = {
        "context": {
            "specversion": "0.5.1",
            "id": "1",
            "source": "/test",
            "type": "dev.cdevents.service.deployed.0.3.0",
            "timestamp": "2026-03-02T10:00:00Z",
        },
        "subject": {
            "id": "shop",
            "content": {"environment": {"id": "production"}, "artifactId": "pkg:generic/x"},
        },
    }
    told = event("dev.cdevents.service.deployed.0.3.0", data, id="1", subject="shop")
    streamgauge_app.record(told, told)
    asked = {"from_": "2026-03-01", "to": "2026-03-08", "group_by": ["service"]}
    found = streamgauge_app.metric("deployment_frequency", **asked)
    assert [group["service"] for group in found["groups"]] == ["shop"]
    assert found["n"] == 1
    assert [each.id for each in streamgauge_app.cdevents()] == ["1"]
    streamgauge_app.replay("deployment_frequency")
    assert streamgauge_app.metric("deployment_frequency", **asked)["n"] == 1
    with pytest.raises(InvalidQuery):
        streamgauge_app.metric("deployment_frequency", colour="red")


def test_what_cannot_be_transformed_is_parked(streamgauge_app: App) -> None:
    streamgauge_app.record(event("dev.cdevents.service.deployed.0.3.0", {"no": "CDEvent"}))
    [reason] = streamgauge_app.dead_letters()
    assert "context" in reason


def test_deliveries_are_received_as_the_service_does(streamgauge_postgres: Postgres) -> None:
    delivery = WebhookRequest({"content-type": "application/json"}, b"{}", {"name": "shipit"})
    with App.running(streamgauge_postgres) as app:
        with pytest.raises(WebhookRefused):
            app.receive("generic", delivery)
        with pytest.raises(UnknownName, match="there is no source named 'nope'"):
            app.receive("nope", delivery)
    settings = {"STREAMGAUGE_GENERIC_ALLOW_UNSIGNED": "true"}
    with App.running(streamgauge_postgres, settings) as app:
        [recorded] = app.receive("generic", delivery)
        assert recorded.type == "dev.streamgauge.generic.shipit"
        assert app.rows("select count(*) from cloudevents_raw") == [(1,)]


def test_each_has_a_database_of_its_own(streamgauge_postgres: Postgres) -> None:
    for _ in range(2):
        with App.running(streamgauge_postgres) as app:
            app.record(event("x"))
            assert app.rows("select count(*) from cloudevents_raw") == [(1,)]
