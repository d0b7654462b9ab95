"""Grafana's notifications to CDEvents."""

from __future__ import annotations

from typing import Any

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Alerting, Told
from streamgauge.sources.alerts import Alert
from streamgauge.sources.fields import text


class GrafanaTransformer:
    """An incident for each alert of a notification that is one by the settings."""

    name = "grafana"

    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """That they were detected, and that they are resolved."""
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        told = Told(event.get_source(), time)
        return self._alerting.incidents(told, self.name, event.get_data(), _more)


def _more(alert: Alert) -> dict[str, Any]:
    """Why Grafana says that it ends where it did not recover: ``Paused``, ``MissingSeries``."""
    return {"reason": text(alert.annotations, "grafana_state_reason")}
