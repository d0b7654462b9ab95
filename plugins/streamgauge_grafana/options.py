"""The settings of this plugin: the table ``[plugins.grafana]`` or ``STREAMGAUGE_GRAFANA_*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streamgauge.settings import Settings
from streamgauge.sources import Alerting, Secrets
from streamgauge.sources import Options as Reader
from streamgauge.sources.alerts import IGNORED_LABELS

SIGNATURE: Final = "X-Grafana-Alerting-Signature"
TIMESTAMP: Final = "X-Grafana-Alerting-Timestamp"
IGNORED: Final = (
    *IGNORED_LABELS,
    # That a query gave nothing, or failed, says nothing of the service.
    "alertname=DatasourceNoData",
    "alertname=DatasourceError",
    # What the button Test of a contact point sends.
    "alertname=TestAlert",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator can set for Grafana."""

    secrets: Secrets
    alerting: Alerting
    signature_header: str = SIGNATURE
    timestamp_header: str = TIMESTAMP
    """Where a contact point puts the time that it signs, if it does."""


def options_of(settings: Settings) -> Options:
    """Read the plugin's settings. Raises SettingsError that names the one that makes no sense."""
    read = Reader(settings, "grafana")
    return Options(
        secrets=Secrets.of(read),
        alerting=Alerting.of(read, IGNORED),
        signature_header=read.text("signature_header", SIGNATURE),
        timestamp_header=read.text("timestamp_header", TIMESTAMP),
    )
