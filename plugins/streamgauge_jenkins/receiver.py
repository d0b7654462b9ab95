"""The receiver: what Jenkins' cloudevents-plugin sends to ``/webhooks/jenkins``."""

from __future__ import annotations

from collections.abc import Sequence

from streamgauge import Event, WebhookRequest
from streamgauge.errors import UnsupportedMediaType
from streamgauge.sources import CloudEventsReceiver, SharedSecret
from streamgauge_jenkins.options import Options

_NO_JSON = (
    "this is a Java object written out, not JSON: the HTTP sink of Jenkins' cdevents-plugin posts "
    "what CloudEvent.toString() gives, from which its data cannot be read. Install "
    "cloudevents-plugin instead and point it here, or set the cdevents-plugin's sink to Kinesis "
    "and send what comes out there to /cdevents"
)


class JenkinsReceiver:
    """Receives CloudEvents of builds, and tells the broken sink of the other plugin."""

    name = "jenkins"

    def __init__(self, options: Options) -> None:
        check = SharedSecret(options.secrets)
        self._check = check
        self._events = CloudEventsReceiver(
            self.name, check, ["org.jenkinsci."], extensions=["instance"]
        )

    def receive(self, request: WebhookRequest) -> Sequence[Event]:
        """The event of the delivery. Raises WebhookRefused, and InvalidInput for what is none."""
        if request.body.lstrip().startswith(b"CloudEvent{"):
            self._check(request)
            raise UnsupportedMediaType(_NO_JSON, where="body")
        return self._events.receive(request)
