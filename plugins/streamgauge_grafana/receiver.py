"""The receiver: Grafana's webhook contact points at ``/webhooks/grafana``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from streamgauge import WebhookRequest
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.sources import (
    ByHeader,
    Delivery,
    Secrets,
    SharedSecret,
    Signed,
    WebhookReceiver,
    digest,
    moment,
)
from streamgauge.sources.alerts import latest
from streamgauge.sources.authenticity import WINDOW
from streamgauge.sources.fields import ident, text, url
from streamgauge.webhooks import hmac_sha256_matches
from streamgauge_grafana.options import Options

TYPE: Final = "com.grafana.alerting.notification"
LEGACY: Final = "com.grafana.alerting.legacy"


@dataclass(frozen=True, slots=True)
class TimestampSigned:
    """A hexadecimal HMAC-SHA256 of the time that another header has, a colon, and the body."""

    secrets: Secrets
    signature: str
    timestamp: str

    def __call__(self, request: WebhookRequest) -> None:
        """Raises WebhookRefused that says what is wrong, or that the delivery is too old."""
        if self.secrets.waived():
            return
        sent, given = request.header(self.timestamp) or "", request.header(self.signature) or ""
        signed = sent.encode("latin-1") + b":" + request.body
        if not hmac_sha256_matches(self.secrets.values, signed, given):
            raise WebhookRefused(
                f"the signature does not match {self.timestamp}, a colon and the body under any "
                "configured secret",
                where=self.signature,
            )
        at = moment(sent)
        if at is None or abs(request.received - at) > WINDOW:
            raise WebhookRefused(
                f"the delivery is signed for a time more than {WINDOW} from now: it was sent "
                "again by someone else, or one of the clocks is wrong",
                where=self.timestamp,
            )


def receiver(options: Options) -> WebhookReceiver:
    """A contact point signs, with the time or without, or shows the secret."""
    secrets = options.secrets
    header, timestamp = options.signature_header, options.timestamp_header
    signed = ByHeader(
        [(timestamp, TimestampSigned(secrets, header, timestamp))],
        otherwise=Signed(secrets, [header]),
    )
    check = ByHeader([(header, signed)], otherwise=SharedSecret(secrets))
    return WebhookReceiver("grafana", check, _delivery)


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    if isinstance(data.get("alerts"), list):
        if data.get("version") == "4":
            raise InvalidInput(
                "this is Alertmanager's form; point Alertmanager at /webhooks/alertmanager",
                where="/version",
            )
        return Delivery(
            type=TYPE,
            source=url(data, "externalURL") or "grafana",
            subject=text(data, "groupKey"),
            time=latest(data),
        )
    rule = ident(data, "ruleId")
    if rule is None or "state" not in data:
        raise InvalidInput(
            "there is no list of alerts: is this a webhook of Grafana, with its own payload?",
            where="/alerts",
        )
    return Delivery(
        type=LEGACY,
        source="/".join((url(data, "ruleUrl") or "grafana").split("/", 3)[:3]),
        # The same to the letter may be sent for another time: only when it came tells them apart.
        id=digest(request.received.isoformat(), request.body),
        subject=rule,
    )
