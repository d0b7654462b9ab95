"""Sentry: webhooks in, CDEvents out. What comes of which hook: docs/plugins/sentry.md."""

from __future__ import annotations

from streamgauge import Receiver, StatefulTransformer, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Options as Reader
from streamgauge.sources import Secrets
from streamgauge_sentry.hooks import HOOKS
from streamgauge_sentry.issues import IssueTransformer
from streamgauge_sentry.metric_alerts import LEVELS, MetricAlertTransformer
from streamgauge_sentry.options import options_of
from streamgauge_sentry.receiver import PREFIX, receiver


@hookimpl
def transformers(settings: Settings) -> list[Transformer | StatefulTransformer]:
    """One for metric alerts, and one that remembers which issues are incidents."""
    options = options_of(settings)
    return [MetricAlertTransformer(options), IssueTransformer(options)]


@hookimpl
def routes() -> dict[str, list[str]]:
    """The hooks that may begin or end an incident."""
    alerts = [f"{PREFIX}metric_alert.{level}" for level in (*LEVELS, "resolved")]
    return {
        **{kind: [MetricAlertTransformer.name] for kind in alerts},
        **{PREFIX + hook: [IssueTransformer.name] for hook in HOOKS},
    }


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/sentry``."""
    return [receiver(Secrets.of(Reader(settings, "sentry")))]
