"""Metric alerts: an incident of Sentry's own, with a beginning and an end."""

from __future__ import annotations

from typing import Final

from streamgauge import CDEvent, CloudEvent
from streamgauge.sources import Told, incident
from streamgauge.sources.fields import ident, instant, mapping, path, text, texts, url, word
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
        alert, rule = (
            mapping(data, "data", "metric_alert"),
            mapping(data, "data", "metric_alert", "alert_rule"),
        )
        number = ident(alert, "id")
        if number is None or not self._options.is_incident(text(rule, "name")):
            return []
        time = event.get_time()
        assert time is not None, "Streamgauge gives every event a time"
        action = word(data, "action")
        began = next((at for key in _BEGINNING if (at := instant(alert, key))), None)
        ended = instant(alert, "date_closed")
        projects = texts(alert, "projects")
        # An alert on several projects is about no service in particular.
        project = projects[0] if len(projects) == 1 else None

        def make(done: Done) -> CDEvent:
            return incident(
                Told(site(data) or ANYWHERE, time),
                done,
                at=began if done == "detected" else ended,
                subject=f"sentry:metric-alert:{number}",
                environment=self._options.places.environment_of(text(rule, "environment"), project),
                service=self._options.places.service_of(project),
                title=text(rule, "name") or text(alert, "title"),
                url=url(path(data, "data"), "web_url"),
                severity=action if action in LEVELS else None,
            )

        if action != "resolved":
            return [make("detected")]
        return [make("detected"), make("resolved")] if began else [make("resolved")]
