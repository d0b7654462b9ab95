"""What events are about: of tools that have a transformer, and of others."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from streamgauge import Event, json_codec
from streamgauge_bench.events import mixed

_URL = "https://api.github.example/repos/acme/shop"
_REPOSITORY = {
    "full_name": "acme/shop",
    "html_url": "https://github.example/acme/shop",
    "url": _URL,
    "default_branch": "main",
}
_WHEN = "2026-03-01T12:30:00Z"


def event(rng: Random) -> tuple[str, Any]:
    """The type of a CloudEvent and its data."""
    choice = rng.randrange(20)
    if choice == 0:
        made = rng.choice(_bench_events())
        return made.type, json_codec.decode(made.state)["data"]
    if choice < 4:
        name, data = github(rng, rng.randrange(1000))
        return f"com.github.{name}", data
    return "com.example.thing", {"name": "x", "list": [1, 2.5, None], "in": {"yes": True}}


def github(rng: Random, number: int) -> tuple[str, dict[str, Any]]:
    """GitHub's name of a webhook and its payload."""
    name = rng.choice(list(_GITHUB))
    return name, {"repository": _REPOSITORY, "sender": {"login": "ann"}, **_GITHUB[name](number)}


@cache
def _bench_events() -> list[Event]:
    return list(mixed(20))


_GITHUB: dict[str, Any] = {
    "ping": lambda number: {"zen": "Keep it logically awesome.", "hook_id": number},
    "push": lambda number: {
        "ref": "refs/heads/main",
        "before": f"{number:040x}",
        "after": f"{number + 1:040x}",
        "commits": [{"id": f"{number + 1:040x}", "timestamp": _WHEN, "message": "x"}],
        "head_commit": {"id": f"{number + 1:040x}", "timestamp": _WHEN},
    },
    "deployment_status": lambda number: {
        "action": "created",
        "deployment": {
            "id": number,
            "url": f"{_URL}/deployments/{number}",
            "sha": f"{number:040x}",
            "ref": "main",
            "environment": "production",
            "created_at": _WHEN,
        },
        "deployment_status": {
            "id": number,
            "state": "success",
            "environment": "production",
            "created_at": _WHEN,
        },
    },
    "pull_request": lambda number: {
        "action": "opened",
        "number": number,
        "pull_request": {
            "number": number,
            "html_url": f"https://github.example/acme/shop/pull/{number}",
            "url": f"{_URL}/pulls/{number}",
            "created_at": _WHEN,
            "updated_at": _WHEN,
            "head": {"sha": f"{number:040x}", "ref": "topic"},
            "base": {"ref": "main", "sha": f"{number:040x}"},
        },
    },
    "issues": lambda number: {
        "action": "opened",
        "issue": {
            "number": number,
            "html_url": f"https://github.example/acme/shop/issues/{number}",
            "title": "broken",
            "created_at": _WHEN,
            "updated_at": _WHEN,
            "labels": [{"name": "incident"}],
            "user": {"login": "ann"},
        },
    },
    "workflow_run": lambda number: {
        "action": "completed",
        "workflow_run": {
            "id": number,
            "name": "release",
            "run_attempt": 1,
            "conclusion": "success",
            "html_url": f"https://github.example/acme/shop/actions/runs/{number}",
            "created_at": _WHEN,
            "run_started_at": _WHEN,
            "updated_at": _WHEN,
            "head_sha": f"{number:040x}",
        },
    },
}
