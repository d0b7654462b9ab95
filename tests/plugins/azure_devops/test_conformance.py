"""The cases of Azure DevOps, and what every source must hold to."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge import WebhookRequest
from streamgauge.testing import SourceConformance


class TestAzureDevOps(SourceConformance):
    source = "azure-devops"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[Mapping[str, Any]] = {
        "deployments": ["Deploy_*", "boards-release"],
        "environments": {"Deploy_Production": "production", "Ferries CD/Production": "production"},
        "services": {"ferries\\Timetable": "timetable"},
    }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """As another subscription would send it: the ids are in the body."""
        body = json.loads(delivery.body)
        body |= {"id": "another", "notificationId": 4711, "message": {"text": "In other words."}}
        return dataclasses.replace(delivery, body=json.dumps(body).encode())
