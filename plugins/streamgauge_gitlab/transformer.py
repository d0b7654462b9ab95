"""The stateless transformer: which event of GitLab's is read by which module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from streamgauge import CDEvent, CloudEvent
from streamgauge_gitlab.changes import merge_request
from streamgauge_gitlab.deployments import DeploymentTransformer, deployment
from streamgauge_gitlab.notice import KNATIVE, PREFIX, Notice, notice_of
from streamgauge_gitlab.options import Options
from streamgauge_gitlab.pushes import push
from streamgauge_gitlab.releases import release
from streamgauge_gitlab.repositories import project
from streamgauge_gitlab.runs import build, pipeline
from streamgauge_gitlab.tickets import issue

Handler = Callable[[Notice], list[CDEvent]]

# Knative names events by the header, which has other words for two of them.
_BY_HEADER = ("confidential_issue", "job")


def handlers(options: Options) -> Mapping[str, Handler]:
    """What reads each event. An event that is not here means nothing to CDEvents."""
    return {
        "build": partial(build, options=options),
        "deployment": partial(deployment, options=options),
        "issue": partial(issue, options=options),
        "merge_request": merge_request,
        "pipeline": pipeline,
        "project_create": project,
        "project_destroy": project,
        "project_rename": project,
        "project_transfer": project,
        "project_update": project,
        "push": push,
        "release": release,
        "work_item": partial(issue, options=options),
    }


class GitlabTransformer:
    """GitLab's events, raw or from Knative's GitLabSource, to CDEvents."""

    name = "gitlab"

    def __init__(self, options: Options) -> None:
        self._handlers = handlers(options)

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for an event or an action that means nothing."""
        notice = notice_of(event)
        handler = None if notice is None else self._handlers.get(notice.kind)
        return [] if notice is None or handler is None else handler(notice)


def routes() -> dict[str, list[str]]:
    """Every type that means something. Those of Knative's first releases have a space in them
    and differ by version, so they all are taken."""
    both = [GitlabTransformer.name, DeploymentTransformer.name]
    kinds = handlers(Options())
    table = {PREFIX + kind: both[:1] for kind in kinds}
    table |= {KNATIVE[0] + kind: both[:1] for kind in (*kinds, *_BY_HEADER)}
    for prefix in (PREFIX, KNATIVE[0]):
        table[f"{prefix}deployment"] = both
    table[f"{KNATIVE[1]}*"] = both
    return table
