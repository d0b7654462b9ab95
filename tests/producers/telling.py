"""What these tests say themselves, in plain words, and what they ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.service import Service

SECRET = "a secret \\ 'with' \"quotes\" and 100 % odd"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def tell(to: Service, kind: str, /, **members: Any) -> None:
    """At ``/webhooks/generic``."""
    answer = to.post(
        "/webhooks/generic",
        json.dumps({"kind": kind, **members}).encode(),
        content_type="application/json",
        authorization=f"Bearer {SECRET}",
    )
    assert answer.status == 202, answer.body


def ask(of: Service, metric: str, /, **parameters: str) -> Any:
    """The answer over yesterday, today and tomorrow: producers use their own clock."""
    of.settle()
    start, end = (str((now() + timedelta(days=days)).date()) for days in (-1, 2))
    answer = of.get(f"/v1/metrics/{metric}", **{"from": start, "to": end, **parameters})
    assert answer.status == 200, answer.body
    return answer.json


def cdevents(service: Service, kind: str) -> list[Any]:
    """All CDEvents whose type has `kind` in it, the oldest first."""
    service.settle()
    found, path = [], "/v1/events/cdevents?limit=1000"
    while path:
        page = service.request("GET", path).json
        found += [item["event"] for item in page["items"]]
        path = page["next"]
    return [event for event in found if kind in event["context"]["type"]]


def nothing_is_parked(service: Service) -> bool:
    service.settle()
    return all(item["parked"] == 0 for item in service.get("/v1/projections").json["items"])
