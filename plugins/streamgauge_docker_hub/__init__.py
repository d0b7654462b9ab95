"""Docker Hub: webhooks in, CDEvents out. docs/plugins/docker-hub.md."""

from __future__ import annotations

import re
from typing import Any, Final

from streamgauge import (
    CDEvent,
    CloudEvent,
    Receiver,
    Transformer,
    WebhookRequest,
    hookimpl,
)
from streamgauge.errors import InvalidInput
from streamgauge.settings import Settings
from streamgauge.sources import (
    Delivery,
    Options,
    Secrets,
    SharedSecret,
    Told,
    WebhookReceiver,
    image_events,
    parse_image,
)
from streamgauge.sources.fields import instant, text

PUSHED: Final = "com.docker.hub.push"

_REPOSITORY = re.compile(r"[a-z0-9._-]+(?:/[a-z0-9._-]+)?", re.ASCII)


class DockerHubTransformer:
    """A push to Docker Hub to artifact.published."""

    name = "docker-hub"

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The tag that was pushed. Docker Hub tells no digest, so the tag is all that names it."""
        data, time = event.get_data(), event.get_time()
        repository, tag = _repository(data), text(data, "push_data", "tag")
        if repository is None or tag is None or time is None:
            return []
        return image_events(
            Told(_page(repository), time),
            "published",
            parse_image(f"docker.io/{repository}:{tag}"),
            at=instant(data, "push_data", "pushed_at"),
            user=text(data, "push_data", "pusher"),
            url=_page(repository),
        )


def _delivery(request: WebhookRequest, data: dict[str, Any]) -> Delivery:
    """Its callback_url is for chains of webhooks that wait for each other, and is not called."""
    repository = _repository(data)
    if repository is None:
        raise InvalidInput(
            "names no repository: is this a webhook of Docker Hub?", where="/repository/repo_name"
        )
    return Delivery(
        type=PUSHED,
        source=_page(repository),
        subject=text(data, "push_data", "tag"),
        time=instant(data, "push_data", "pushed_at"),
    )


def _repository(data: object) -> str | None:
    name = text(data, "repository", "repo_name")
    return name if name is not None and _REPOSITORY.fullmatch(name) else None


def _page(repository: str) -> str:
    return f"https://hub.docker.com/r/{repository}"


@hookimpl
def transformers() -> list[Transformer]:
    """One, without a memory."""
    return [DockerHubTransformer()]


@hookimpl
def routes() -> dict[str, list[str]]:
    """There is one event."""
    return {PUSHED: [DockerHubTransformer.name]}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/docker-hub``."""
    secrets = Secrets.of(Options(settings, "docker-hub"))
    return [WebhookReceiver("docker-hub", SharedSecret(secrets), _delivery)]
