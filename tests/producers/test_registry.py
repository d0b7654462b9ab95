"""A real registry: what skopeo copies into it is an artifact, which tells a deployment's commit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.producers.images import write_image
from tests.producers.programs import answers, free_port, program, running
from tests.producers.telling import SECRET, ask, cdevents, nothing_is_parked, now, tell
from tests.service import Service, eventually

REPOSITORY = "https://git.example.com/acme/shop"


@dataclass(frozen=True)
class Registry:
    host: str
    folder: Path
    skopeo: str

    def publish(self, image: str, commit: str) -> str:
        """An image of that commit, copied into the registry by that name; its digest."""
        layout = self.folder / image.replace(":", "-")
        digest = write_image(layout, image, commit)
        subprocess.run(
            [self.skopeo, "--insecure-policy", "copy", "--dest-tls-verify=false",
             f"oci:{layout}", f"docker://{self.host}/{image}"],
            check=True,
            capture_output=True,
        )  # fmt: skip
        return digest


@pytest.fixture
def registry(service: Service, tmp_path: Path) -> Iterator[Registry]:
    binary = program("docker-registry", "registry", by="apt-get install docker-registry")
    skopeo = program("skopeo", by="apt-get install skopeo")
    port, config, log = free_port(), tmp_path / "config.yml", tmp_path / "log"
    endpoint = {
        "name": "streamgauge",
        "url": f"http://127.0.0.1:{service.port}/webhooks/distribution",
        "headers": {"Authorization": [f"Bearer {SECRET}"]},
        "timeout": "10s",
        "threshold": 5,
        "backoff": "100ms",
    }
    # JSON is YAML.
    config.write_text(
        json.dumps(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": f"127.0.0.1:{port}"},
                "notifications": {"endpoints": [endpoint]},
            }
        )
    )
    with running(binary, "serve", str(config), log=log) as process:
        eventually(lambda: answers(process, port, log))
        yield Registry(f"127.0.0.1:{port}", tmp_path, skopeo)


def deploy(service: Service, digest: str, at: datetime) -> None:
    """By the digest, as a cluster knows it, and without the commit."""
    tell(
        service,
        "deployment",
        id=digest[-8:],
        service="shop",
        artifact=f"pkg:oci/shop@{digest}",
        repository=REPOSITORY,
        time=at.isoformat(),
    )


def published(service: Service, digest: str) -> list[Any]:
    return [
        event
        for event in cdevents(service, "artifact.published")
        if event["customData"].get("digest") == digest
    ]


def commits(service: Service) -> list[tuple[str, str]]:
    """Of the deployments, the oldest first: the commit, and by which rule it is known."""
    items = service.get("/v1/deployments", service="shop").json["items"]
    return [(each["commit"], each["rule"]) for item in items[::-1] for each in item["commits"]]


def test_a_published_image_tells_which_commit_is_deployed(
    service: Service, registry: Registry
) -> None:
    at = now()
    first, second, third = (digit * 40 for digit in "abc")
    tell(
        service,
        "push",
        repository=REPOSITORY,
        branch="main",
        after=third,
        time=(at - timedelta(hours=8)).isoformat(),
        commits=[
            {"id": commit, "timestamp": (at - timedelta(hours=hours)).isoformat()}
            for commit, hours in ((first, 30), (second, 20), (third, 10))
        ],
    )
    # The tag is the commit: that is all that a registry can tell of it.
    one, two = (registry.publish(f"acme/shop:{commit}", commit) for commit in (first, second))
    [event] = eventually(lambda: published(service, two))
    assert event["customData"]["commit"] == second
    assert event["subject"]["id"].startswith(f"pkg:oci/shop@{two}")
    assert f"repository_url={registry.host}/acme/shop" in event["subject"]["id"].replace("%3A", ":")
    deploy(service, one, at - timedelta(hours=6))
    deploy(service, two, at - timedelta(hours=5))
    answer = ask(service, "change_lead_time", service="shop")
    assert (answer["value"], answer["n"]) == (15 * 3600.0, 1)
    assert commits(service) == [(first, "artifact"), (second, "artifact")]

    # A tag that names no commit: neither the label nor the annotation of the image is told.
    three = registry.publish("acme/shop:1.4.0", third)
    [event] = eventually(lambda: published(service, three))
    assert "commit" not in event["customData"]
    deploy(service, three, at - timedelta(hours=4))
    answer = ask(service, "change_lead_time", service="shop")
    assert (answer["n"], answer["coverage"]) == (1, {"deployments": 3, "with_commit": 2})

    # Whoever has built it says of which commit it is, late as that may be.
    tell(service, "artifact", id=f"pkg:oci/shop@{three}", repository=REPOSITORY, commit=third)
    answer = ask(service, "change_lead_time", service="shop")
    assert (answer["n"], answer["coverage"]) == (2, {"deployments": 3, "with_commit": 3})
    assert answer["value"] == (15 + 6) / 2 * 3600
    assert commits(service)[-1] == (third, "artifact")
    assert nothing_is_parked(service)
