"""The stateless transformer: which event is read by which module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from streamgauge import CDEvent, CloudEvent
from streamgauge_gitea.changes import pull_request, review
from streamgauge_gitea.deployments import NAME as DEPLOYMENTS
from streamgauge_gitea.notice import PREFIXES, Notice, event_name, notice_of
from streamgauge_gitea.options import Options
from streamgauge_gitea.packages import package
from streamgauge_gitea.pushes import branch_deleted, push
from streamgauge_gitea.releases import release
from streamgauge_gitea.repositories import repository
from streamgauge_gitea.runs import RUNS, runs, workflow_job
from streamgauge_gitea.tickets import issues

Handler = Callable[[Notice], list[CDEvent]]


def handlers(options: Options) -> Mapping[str, Handler]:
    """What reads each event. An event that is not here means nothing to CDEvents."""
    return {
        "delete": branch_deleted,
        "issues": partial(issues, options=options),
        "pull_request": pull_request,
        "pull_request_approved": review,
        "pull_request_comment": review,
        "pull_request_rejected": review,
        "pull_request_review": review,
        "push": push,
        "release": release,
        "repository": repository,
        "workflow_job": workflow_job,
        **dict.fromkeys(RUNS, runs),
    }


class GiteaTransformer:
    """The events of Gitea and Forgejo to CDEvents."""

    name = "gitea"

    def __init__(self, options: Options) -> None:
        self._handlers = handlers(options)

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for an event or an action that means nothing."""
        if event_name(event.get_type()) == "package":
            return package(event)  # it may belong to no repository
        notice = notice_of(event)
        handler = None if notice is None else self._handlers.get(notice.event)
        return [] if notice is None or handler is None else handler(notice)


def routes() -> dict[str, list[str]]:
    """Every type that means something, exactly: there are twice as many."""
    table = {
        prefix + event: [GiteaTransformer.name]
        for prefix in PREFIXES
        for event in (*handlers(Options()), "package")
    }
    for prefix in PREFIXES:
        for event in RUNS:
            table[prefix + event].append(DEPLOYMENTS)
    return table
