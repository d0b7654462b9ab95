"""A real Alertmanager: an alert begins and ends, and a deployment has failed."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.producers.programs import answers, free_port, program, running
from tests.producers.telling import SECRET, ask, nothing_is_parked, now, tell
from tests.service import Service, eventually

CONFIG = """
route:
  receiver: streamgauge
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 100ms
receivers:
  - name: streamgauge
    webhook_configs:
      - url: http://127.0.0.1:{port}/webhooks/alertmanager
        http_config:
          authorization: {{credentials_file: {secret}}}
"""


@dataclass(frozen=True)
class Alertmanager:
    port: int

    def post(self, labels: dict[str, str], start: datetime, end: datetime) -> None:
        """As Prometheus does it; an end that is to come means that it fires."""
        alert = {
            "labels": labels,
            "annotations": {"summary": '1 in 5 "checkouts" fails 🔥'},
            "startsAt": start.isoformat(),
            "endsAt": end.isoformat(),
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts",
            json.dumps([alert]).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            assert response.status == 200


@pytest.fixture
def alertmanager(service: Service, tmp_path: Path) -> Iterator[Alertmanager]:
    binary = program(
        "prometheus-alertmanager", "alertmanager", by="apt-get install prometheus-alertmanager"
    )
    secret, config, log = (tmp_path / name for name in ("secret", "alertmanager.yml", "log"))
    secret.write_text(SECRET)
    config.write_text(CONFIG.format(port=service.port, secret=secret))
    port = free_port()
    with running(
        binary,
        f"--config.file={config}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        log=log,
    ) as process:
        eventually(lambda: answers(process, port, log))
        yield Alertmanager(port)


def incidents(service: Service) -> list[Any]:
    service.settle()
    return list(service.get("/v1/incidents", service="checkout").json["items"])


def test_an_alert_after_a_deployment_fails_it_until_the_alert_ends(
    service: Service, alertmanager: Alertmanager
) -> None:
    deployed = now() - timedelta(minutes=20)
    tell(service, "deployment", id=1, service="checkout", time=deployed.isoformat())
    assert failures(service) == (0.0, None, {})

    start = deployed + timedelta(minutes=5)
    labels = {"alertname": "CheckoutsFail", "service": "checkout", "severity": "critical"}
    alertmanager.post(labels, start, now() + timedelta(hours=1))
    [incident] = eventually(lambda: incidents(service))
    assert incident["title"] == '1 in 5 "checkouts" fails 🔥'
    assert datetime.fromisoformat(incident["detected_at"]) == start
    assert incident["resolved_at"] is None
    assert failures(service) == (1.0, None, {"not_recovered": 1})

    end = start + timedelta(minutes=10)
    alertmanager.post(labels, start, end)
    eventually(lambda: incidents(service)[0]["resolved_at"])
    [incident] = incidents(service)
    resolved = datetime.fromisoformat(incident["resolved_at"])
    assert resolved == end
    assert failures(service) == (1.0, (resolved - deployed).total_seconds(), {})
    assert nothing_is_parked(service)


def failures(service: Service) -> tuple[float | None, float | None, dict[str, int]]:
    """The rate, the time to recover, and what that leaves out."""
    rate = ask(service, "change_fail_rate", service="checkout")
    recovery = ask(service, "failed_deployment_recovery_time", service="checkout")
    return rate["value"], recovery["value"], recovery["left_out"]
