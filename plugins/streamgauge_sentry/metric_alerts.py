"""Metric alerts: an incident of Sentry's own, with a beginning and an end."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Told, incident
from streamgauge.sources.fields import ident, instant, mapping, text, texts, url, word
from streamgauge.sources.incidents import Done
from streamgauge_sentry.options import Options
from streamgauge_sentry.receiver import ANYWHERE, site

LEVELS: Final = ("critical", "warning")
_BEGINNING: Final = ("date_detected", "date_started", "date_created")


class MetricAlertTransformer:
    """One incident from its first level until it is resolved, whatever levels it passes."""

    name = "sentry"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """A resolution tells the beginning too, for whoever has missed that."""
        data = event.get_data()
        alert = mapping(data, "data", "metric_alert")
        rule = text(alert, "alert_rule", "name")
        if ident(alert, "id") is None or not self._options.is_incident(rule):
            return []
        began = next((at for key in _BEGINNING if (at := instant(alert, key))), None)
        if word(data, "action") != "resolved":
            return [self._incident(event, "detected", began)]
        resolved = self._incident(event, "resolved", instant(alert, "date_closed"))
        return [resolved] if began is None else [self._incident(event, "detected", began), resolved]

    def _incident(self, event: CloudEvent, done: Done, at: datetime | None) -> CDEvent:
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        data, places = event.get_data(), self._options.places
        alert, action = mapping(data, "data", "metric_alert"), word(data, "action")
        projects = texts(alert, "projects")
        # An alert on several projects is about no service in particular.
        project = projects[0] if len(projects) == 1 else None
        return incident(
            Told(site(data) or ANYWHERE, time),
            done,
            at=at,
            subject=f"sentry:metric-alert:{ident(alert, 'id')}",
            environment=places.environment_of(text(alert, "alert_rule", "environment"), project),
            service=places.service_of(project),
            title=text(alert, "alert_rule", "name") or text(alert, "title"),
            url=url(data, "data", "web_url"),
            severity=action if action in LEVELS else None,
        )
