"""The stateless transformer: which event of GitHub's is read by which module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from streamgauge import CDEvent, CloudEvent
from streamgauge_github.attempts import deploying_events
from streamgauge_github.changes import pull_request, pull_request_review
from streamgauge_github.deployments import DeploymentTransformer, deployment_failed
from streamgauge_github.notice import PREFIXES, Notice, notice_of
from streamgauge_github.options import Options
from streamgauge_github.packages import package
from streamgauge_github.pushes import push
from streamgauge_github.releases import release
from streamgauge_github.repositories import repository
from streamgauge_github.runs import check_run, check_suite, status, workflow_job, workflow_run
from streamgauge_github.tags import tag
from streamgauge_github.tickets import issues

Handler = Callable[[Notice], list[CDEvent]]


def handlers(options: Options) -> Mapping[str, Handler]:
    """What reads each event. An event that is not here means nothing to CDEvents."""
    return {
        "check_run": check_run,
        "check_suite": check_suite,
        "deployment_status": partial(deployment_failed, options=options),
        "issues": partial(issues, options=options),
        "package": package,
        "pull_request": pull_request,
        "pull_request_review": pull_request_review,
        "push": _both(push, tag) if options.deployment_releases else push,
        "registry_package": package,
        "release": release,
        "repository": repository,
        "status": status,
        "workflow_job": workflow_job,
        "workflow_run": _both(workflow_run, partial(deployment_failed, options=options)),
    }


def _both(one: Handler, other: Handler) -> Handler:
    return lambda notice: [*one(notice), *other(notice)]


class GithubTransformer:
    """GitHub's events, raw or from Knative's GitHubSource, to CDEvents."""

    name = "github"

    def __init__(self, options: Options) -> None:
        self._handlers = handlers(options)

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """What one notification means; none for an event or an action that means nothing."""
        notice = notice_of(event)
        handler = None if notice is None else self._handlers.get(notice.event)
        return [] if notice is None or handler is None else handler(notice)


def routes(options: Options) -> dict[str, list[str]]:
    """Every type that means something, exactly: GitHub has three times as many."""
    table = {
        prefix + event: [GithubTransformer.name]
        for prefix in PREFIXES
        for event in handlers(options)
    }
    for prefix in PREFIXES:
        for event in deploying_events(options):
            table[prefix + event].append(DeploymentTransformer.name)
    return table
