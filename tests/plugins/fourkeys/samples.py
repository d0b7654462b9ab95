"""Builds and notifications of a small invented company."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMMITS = {name: (name * 40)[:40] for name in "abcdef"}


def build(status: str = "SUCCESS", commit: str = "a", minute: int = 5, **more: Any) -> Any:
    """A build of Cloud Build's; its number is its minute."""
    return {
        "id": f"build-{minute}",
        "projectId": "lamps",
        "status": status,
        "createTime": START.isoformat(),
        "startTime": START.isoformat(),
        "finishTime": (START + timedelta(minutes=minute)).isoformat(),
        "substitutions": {"COMMIT_SHA": COMMITS[commit], "REPO_NAME": "lamps"},
        **more,
    }


def argo_cd(commit: str = "a", minute: int = 0, status: str = "SUCCESS") -> Any:
    """What fourkeys has Argo CD send."""
    at = START + timedelta(minutes=minute)
    return {"id": "lamps", "time": at.isoformat(), "status": status, "commit_sha": COMMITS[commit]}


def pushed(notice: Any, number: int = 1) -> Any:
    """As a subscription of Pub/Sub pushes it."""
    data = base64.b64encode(json.dumps(notice).encode()).decode()
    message = {"data": data, "attributes": {"buildId": notice["id"]}, "messageId": str(number)}
    return {"message": message, "subscription": "projects/lamps/subscriptions/streamgauge"}
