"""Events of a small invented company's Flux."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMMITS = {name: (name * 40)[:40] for name in "abcdef"}


def event(reason: str, kind: str = "Kustomization", minute: int = 0, **metadata: str) -> Any:
    """An event of the object ``lamps-prod/lamps``."""
    return {
        "involvedObject": {"kind": kind, "namespace": "lamps-prod", "name": "lamps", "uid": kind},
        "severity": "error" if reason.endswith("Failed") else "info",
        "timestamp": (START + timedelta(minutes=minute)).isoformat(),
        "message": "with chart lampshop@1.0.0",
        "reason": reason,
        "metadata": {key.replace("_", "-"): value for key, value in metadata.items()},
        "reportingController": "kustomize-controller",
    }


def applied(name: str, minute: int = 0, **metadata: str) -> Any:
    """A Kustomization that is at the commit of that name."""
    revision = f"main@sha1:{COMMITS[name]}"
    return event("ReconciliationSucceeded", minute=minute, revision=revision, **metadata)
