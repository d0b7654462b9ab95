"""The service that the blocks of pages ask, with something to answer of."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamgauge import CDEvent, Event, cdevents, json_codec, new_event
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings
from tests.dora.example import events
from tests.service import Answer, Service

SECRET = "a-secret-of-the-pages"


@dataclass
class Live:
    """A running service, its database, the folder that pages call /etc/streamgauge, and what is in
    the environment of commands."""

    service: Service
    url: str
    etc: Path
    environ: Mapping[str, str]

    @classmethod
    @contextmanager
    def running(cls, url: str, folder: Path) -> Iterator[Live]:
        """A service with the secret of every source."""
        environ = settings(folder)
        with Service.running(url, environ=environ) as service:
            yield cls(service, url, folder, environ)

    def tell(self) -> None:
        """Send it the example, and an event that is parked."""
        batch = [_around(event) for event in [*events(), _of_yesterday()]]
        answer = self.service.send_batch(batch, "/cdevents")
        assert answer.status == 202, answer.body
        # Of a version that is not known here: these wait as dead letters, for two pages.
        for name in ("newer", "newest"):
            unknown = new_event(id=name, source="/test", type="dev.cdevents.service.deployed.0.9.0")
            assert self.service.send(unknown).status == 202
        self.service.settle()


def _of_yesterday() -> CDEvent:
    """A deployment of the project that GitLab's API is asked about, within its three months."""
    return cdevents.new(
        "service.deployed",
        id="of-yesterday",
        source="/test",
        timestamp=datetime.now(UTC) - timedelta(days=1),
        subject_id="acme/web/shop",
        content={"environment": {"id": "production"}, "artifactId": "pkg:generic/web@1"},
        custom_data={"repository": "https://gitlab.example/acme/web/shop"},
    )


def settings(etc: Path) -> dict[str, str]:
    """The environment of a service whose sources have a secret, and whose folders are there."""
    (etc / "definitions").mkdir(parents=True, exist_ok=True)
    plugins = Plugins(Settings.load({}))
    secrets = {
        f"STREAMGAUGE_{each.name.upper().replace('-', '_')}_SECRET": SECRET
        for each in plugins.plugins
        if each.name in plugins.receivers
    }
    return {**secrets, "STREAMGAUGE_DORA_DEFINITIONS": str(etc / "definitions")}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def asked(service: Service, request: str) -> Answer:
    """The answer to `GET /path`, or to `POST /path BODY`, where the body is JSON."""
    method, path, body = re.fullmatch(r"(\w+) (\S+) ?(.*)", request, re.DOTALL).groups()  # type: ignore[union-attr]
    headers = {"Content-Type": "application/cloudevents+json"} if body else {}
    if path.startswith("/v1/"):
        headers = {"Content-Type": "application/json"} if body else {}
    return service.request(method, path, body.encode() or None, headers)


def _around(event: CDEvent) -> Event:
    return new_event(
        id=event.id,
        source=event.source,
        type=event.type,
        subject=event.document["subject"]["id"],
        time=event.document["context"]["timestamp"],
        data=json_codec.encode(event.document),
    )
