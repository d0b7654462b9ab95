"""Jira's cases, and what every source must hold to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from streamgauge import WebhookRequest
from streamgauge.testing import SourceConformance


class TestJira(SourceConformance):
    source = "jira"
    cases = Path(__file__).parent / "cases"
    options: ClassVar[Mapping[str, Any]] = {
        "deployments": ["timetable *"],
        "environments": {"Staging": "staging"},
        "services": {"timetable *": "timetable", "FER/Boards": "boards"},
        "environment_field": "customfield_10050",
        "service_field": "customfield_10051",
    }

    @classmethod
    def under_another_id(cls, delivery: WebhookRequest) -> WebhookRequest:
        """As another webhook would send it."""
        headers = {**delivery.headers, "x-atlassian-webhook-identifier": "another"}
        return dataclasses.replace(delivery, headers=headers)
