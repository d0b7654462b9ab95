"""CircleCI holds to what every source must hold to."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import ClassVar

from streamgauge import WebhookRequest
from streamgauge.testing import SourceConformance


class TestCircleCI(SourceConformance):
    source = "circleci"
    cases = Path(__file__).parent / "cases"
    options: ClassVar = {
        "deployments": ["deploy", "deploy-*"],
        "environments": {"*-staging": "staging"},
        "services": {"checkout-service/*": "checkout"},
    }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """The id of a delivery is in its body."""
        data = {**json.loads(delivery.body), "id": "00000000-0000-4000-8000-000000000000"}
        return dataclasses.replace(delivery, body=json.dumps(data).encode())
