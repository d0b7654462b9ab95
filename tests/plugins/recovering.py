"""A deployment that failed, told by a running service: the incident's source says until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from streamgauge.cdevents import in_cloudevent
from streamgauge.sources.captured import read_delivery
from tests.helpers import a_deployment
from tests.service import Service


def deployed(service: Service, number: int, name: str, at: str) -> None:
    """Something was deployed to production at that moment."""
    event = a_deployment(number, service=name, at=datetime.fromisoformat(at))
    answer = service.send(in_cloudevent(event), "/cdevents")
    assert answer.status == 202, answer.body


def deliver(service: Service, source: str, body: bytes, headers: Mapping[str, str]) -> None:
    """As the tool does it."""
    answer = service.request("POST", f"/webhooks/{source}", body, headers)
    assert answer.status == 202, answer.body


def deliver_case(service: Service, source: str, file: Path, **headers: str) -> None:
    """A case, with headers of this test's own beside those that it was kept with."""
    kept = read_delivery(file)
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    deliver(service, source, kept.body, {**kept.headers, **own})


def recovery(service: Service, name: str) -> tuple[float | None, int, dict[str, int]]:
    """How long recovery took in March 2026, in seconds, of how many, and what is left out."""
    service.settle()
    answer = service.get(
        "/v1/metrics/failed_deployment_recovery_time",
        service=name,
        **{"from": "2026-03-01", "to": "2026-04-01"},
    ).json
    return answer["value"], answer["n"], answer["left_out"]


def incidents(service: Service, name: str) -> list[dict[str, Any]]:
    """The incidents of a service, without their ids, the oldest first."""
    service.settle()
    items = service.get("/v1/incidents", service=name).json["items"]
    return [{key: item[key] for key in item if key not in ("id", "repository")} for item in items][
        ::-1
    ]
