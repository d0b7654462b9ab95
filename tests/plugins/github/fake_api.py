"""A GitHub that answers as its documentation says, over HTTP on this machine.

Pages with Link headers, cursors where GitHub has them, counters that change from one answer to the
next, tokens, limits, and servers in trouble.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .history import History, listed
from .samples import Payload

Refusal = tuple[int, Mapping[str, str], Any]


@dataclass
class FakeGithub:
    history: History
    token: str | None = None
    """Without it, there is nothing to be seen."""
    trouble: list[Refusal] = field(default_factory=list)
    """What the next requests are answered with instead."""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    """What requests whose path has this in it are answered with, always."""
    requests: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)
    page: int = 100
    """How many things a page has at most."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[FakeGithub]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake.requests.append(self.path)
                fake.authorizations.add(self.headers.get("Authorization"))
                assert self.headers["User-Agent"].startswith("streamgauge/")
                status, headers, body = fake.answer(self.path, self.headers.get("Authorization"))
                encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(encoded)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, target: str, authorization: str | None) -> Refusal:
        if self.trouble:
            return self.trouble.pop(0)
        for part, refusal in self.refusals.items():
            if part in target:
                return refusal
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.token is not None and authorization != f"Bearer {self.token}":
            return 404, {}, {"message": "Not Found"}
        match = re.fullmatch(r"/repos/(?i:Acme/Shop)(?:/(.*))?", parts.path)
        if match is None:
            return 404, {}, {"message": "Not Found"}
        if match[1] is None:
            stars = {"stargazers_count": len(self.requests), "pushed_at": "2026-07-01T00:00:00Z"}
            return 200, {}, self.history.repository(**stars)
        found = self._found(match[1], query)
        if found is None:
            return 404, {}, {"message": "Not Found"}
        if isinstance(found, dict):
            return 200, {}, found
        return self._paged(parts.path, query, found)

    def _found(self, path: str, query: Mapping[str, str]) -> list[Payload] | Payload | None:
        history = self.history
        number = next(iter(int(part) for part in path.split("/") if part.isdigit()), 0)
        match re.sub(r"\b\d+\b", "N", path):
            case "commits":
                assert query["sha"] == "main"
                return [*listed(history, query["since"])]
            case "activity":
                assert query["ref"] == "refs/heads/main"
                return history.activities[::-1]
            case "pulls":
                assert (query["state"], query["sort"]) == ("all", "updated")
                return sorted(
                    map(self._with_counters, history.pulls),
                    key=lambda each: str(each["updated_at"]),
                    reverse=query["direction"] == "desc",
                )
            case "pulls/N/commits":
                return history.commits_of[number]
            case "pulls/N/reviews":
                return history.reviews_of[number]
            case "deployments":
                return history.deployments[::-1]
            case "deployments/N/statuses":
                return history.statuses_of[number][::-1]
            case "releases":
                return history.releases[::-1]
            case "tags":
                return history.tags[::-1]
            case "issues":
                label = query["labels"].lower()
                return [
                    each
                    for each in history.issues
                    if each["updated_at"] >= query["since"]
                    and label in [name["name"].lower() for name in each["labels"]]
                ]
            case "issues/N/events":
                return history.events_of[number]
            case "actions/workflows":
                return history.workflows
            case "actions/workflows/N/runs":
                assert query["status"] == "completed"
                return [each for each in history.runs if each["workflow_id"] == number][::-1]
            case "actions/runs/N/attempts/N":
                attempt = int(path.rpartition("/")[2])
                return history.attempts[number, attempt]
        return None

    def _with_counters(self, pull: Payload) -> Payload:
        """What changes although nothing has happened."""
        here = {**pull["base"]["repo"], "stargazers_count": len(self.requests)}
        trial = {} if pull["merged_at"] else {"merge_commit_sha": f"{len(self.requests):040x}"}
        return {**pull, "base": {**pull["base"], "repo": here}, **trial}

    def _paged(self, path: str, query: Mapping[str, str], found: list[Payload]) -> Refusal:
        size = min(self.page, int(query.get("per_page", "30")))
        cursor = "after" if path.endswith("/activity") else "page"
        start = int(query.get(cursor, "1")) - 1
        part = found[start * size : (start + 1) * size]
        headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4900"}
        if len(found) > (start + 1) * size:
            following = urlencode({**query, cursor: start + 2})
            headers["Link"] = (
                f'<{self.url}{path}?{urlencode({**query, cursor: 1})}>; rel="first", '
                f'<{self.url}{path}?{following}>; rel="next"'
            )
        if "actions/workflows" in path:
            name = "workflow_runs" if path.endswith("/runs") else "workflows"
            return 200, headers, {"total_count": len(found), name: part}
        return 200, headers, part
