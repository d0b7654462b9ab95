"""Spinnaker holds to what every source must hold to."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import ClassVar

from streamgauge import WebhookRequest
from streamgauge.testing import SourceConformance


class TestSpinnaker(SourceConformance):
    source = "spinnaker"
    cases = Path(__file__).parent / "cases"
    # A CDEvent's own id is the occurrence's.
    no_delivery_id = True
    options: ClassVar = {
        "instance": "https://spinnaker.lantern.example",
        "environments": {"prod-*": "production", "shop/aws-prod": "production"},
        "services": {"shop/Deploy api": "shop-api"},
    }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """The id of an event is in its body. A CDEvent's own is its identity."""
        data = json.loads(delivery.body)
        if not isinstance(data, dict) or "eventId" not in data:
            return delivery
        body = json.dumps({**data, "eventId": "00000000-0000-4000-8000-000000000000"}).encode()
        return dataclasses.replace(delivery, body=body)
