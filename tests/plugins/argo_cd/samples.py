"""Applications of a small invented company's Argo CD."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
GITOPS = "https://git.acme.example/platform/gitops"


def commit(name: str) -> str:
    return (name * 40)[:40]


def minute(number: int) -> str:
    return (START + timedelta(minutes=number)).isoformat()


def application(
    images: Sequence[str] = ("lamps:1",),
    at: int = 0,
    *,
    revision: str = "a",
    health: str = "Healthy",
    since: int | None = None,
    phase: str = "Succeeded",
    **metadata: Any,
) -> Any:
    """A notification: synchronised at minute `at`, and in its health since minute `since`."""
    source = {"repoURL": GITOPS, "path": "lamps"}
    status = {
        "health": {"status": health, "lastTransitionTime": minute(at if since is None else since)},
        "operationState": {
            "phase": phase,
            "startedAt": minute(at - 1),
            "finishedAt": minute(at),
            "syncResult": {"revision": commit(revision), "source": source},
        },
        "summary": {"images": [f"registry.acme.example/{image}" for image in images]},
    }
    app = {
        "metadata": {"name": "lamps", "namespace": "argocd", "uid": "u-1", **metadata},
        "spec": {
            "source": source,
            "destination": {"name": "eu", "namespace": "lamps-prod"},
            "project": "shop",
        },
        "status": status,
    }
    return {"timestamp": minute(at), "context": {}, "app": app}
