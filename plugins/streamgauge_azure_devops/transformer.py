"""Which service hook is read by which module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from streamgauge import CDEvent, CloudEvent, StatefulTransformer, Transformer
from streamgauge.sources import DeploymentTransformer
from streamgauge_azure_devops import changes, deployments, incidents, runs, workitems
from streamgauge_azure_devops.notice import PREFIX, Notice, notice_of
from streamgauge_azure_devops.options import Options
from streamgauge_azure_devops.pushes import push

Handler = Callable[[Notice], list[CDEvent]]

DEPLOYMENTS: Final = "azure-devops-deployments"


def handlers(options: Options) -> Mapping[str, Handler]:
    """What reads each event that needs no memory. A release that starts means nothing yet."""
    return {
        "git.push": push,
        **dict.fromkeys(changes.EVENTS, changes.pull_request),
        runs.RUN: runs.run,
        runs.STAGE: runs.stage,
        runs.JOB: runs.job,
        runs.BUILD: runs.build,
        **dict.fromkeys(workitems.EVENTS, partial(incidents.workitem, options=options)),
    }


class AzureDevOpsTransformer:
    """Everything but votes and deployments."""

    name = "azure-devops"

    def __init__(self, options: Options) -> None:
        self._handlers = handlers(options)

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for what means nothing."""
        notice = notice_of(event)
        handler = None if notice is None else self._handlers.get(notice.event)
        return [] if notice is None or handler is None else handler(notice)


def transformers(options: Options) -> list[Transformer | StatefulTransformer]:
    """All of them."""
    return [
        AzureDevOpsTransformer(options),
        changes.VoteTransformer(),
        DeploymentTransformer(DEPLOYMENTS, deployments.reader(options.rule)),
    ]


def routes() -> dict[str, list[str]]:
    """Every type that means something, exactly."""
    table = {PREFIX + event: [AzureDevOpsTransformer.name] for event in handlers(Options())}
    for event in changes.EVENTS:
        table[PREFIX + event].append(changes.VoteTransformer.name)
    for event in deployments.EVENTS:
        table.setdefault(PREFIX + event, []).append(DEPLOYMENTS)
    return table
