"""What each form and each status gives, and what every source must hold to."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, ClassVar

from streamgauge import WebhookRequest
from streamgauge.testing import SourceConformance


class TestFourkeys(SourceConformance):
    source = "fourkeys"
    cases = Path(__file__).parent / "cases"
    # Argo CD has none.
    no_delivery_id = True
    options: ClassVar[dict[str, Any]] = {
        "deployments": ["deploy-*", "live"],
        "environments": {"*-staging": "staging"},
        "services": {"lamps-app": "lamp-shop"},
    }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """As another subscription to Cloud Build's topic would send it."""
        body = json.loads(delivery.body)
        if "message" not in body:
            return delivery
        for name in {"messageId", "message_id"} & set(body["message"]):
            body["message"][name] = "another"
        return dataclasses.replace(delivery, body=json.dumps(body).encode())
