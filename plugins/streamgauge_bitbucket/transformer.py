"""The stateless transformer: which event of Bitbucket's is read by which module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from streamgauge import CDEvent, CloudEvent
from streamgauge_bitbucket import repositories, statuses
from streamgauge_bitbucket.changes import CLOUD, DATA_CENTER, pull_request
from streamgauge_bitbucket.deployments import DeploymentTransformer
from streamgauge_bitbucket.memory import PUSH, PullRequestTransformer
from streamgauge_bitbucket.notice import PREFIX, Notice, notice_of
from streamgauge_bitbucket.options import Options
from streamgauge_bitbucket.pushes import cloud_push, refs_changed

Handler = Callable[[Notice], list[CDEvent]]


def handlers(options: Options) -> Mapping[str, Handler]:
    """What reads each event that needs no memory."""
    return {
        PUSH: cloud_push,
        "repo.refs_changed": refs_changed,
        **dict.fromkeys(statuses.EVENTS, partial(statuses.commit_status, rule=options.rule)),
        **dict.fromkeys(DATA_CENTER, pull_request),
        **dict.fromkeys(repositories.EVENTS, repositories.repository),
    }


class BitbucketTransformer:
    """Everything but Cloud's pull requests, and deployments that succeeded."""

    name = "bitbucket"

    def __init__(self, options: Options) -> None:
        self._handlers = handlers(options)

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for what means nothing."""
        notice = notice_of(event)
        handler = None if notice is None else self._handlers.get(notice.event)
        return [] if notice is None or handler is None else handler(notice)


def routes() -> dict[str, list[str]]:
    """Every type that means something, exactly."""
    table = {PREFIX + event: [BitbucketTransformer.name] for event in handlers(Options())}
    table[PREFIX + PUSH].append(PullRequestTransformer.name)
    for event in CLOUD:
        table[PREFIX + event] = [PullRequestTransformer.name]
    for event in statuses.EVENTS:
        table[PREFIX + event].append(DeploymentTransformer.name)
    return table
