"""Deployments; and what may stand for them: releases, and runs of workflows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from streamgauge import Event
from streamgauge.sources.fields import flag, ident, instant, text, whole
from streamgauge.timestamps import format_rfc3339
from streamgauge_github.attempts import ENVIRONMENT, is_run_of_deployment
from streamgauge_github.history import payloads
from streamgauge_github.history.reader import Reader

MOST_RUNS = 1000
"""GitHub lists so many runs for one question at most."""


def read_deployments(reader: Reader) -> None:
    """Deployments with their statuses, in the order in which they were made."""
    answers = reader.recent(reader.listed("deployments", "deployments"), "created_at")
    for each in answers:
        reader.found.deployed(text(each, "environment") or "", flag(each, "production_environment"))

    def deployment(answer: object) -> Event:
        return payloads.event("deployment", payloads.deployment(reader.here, answer))

    reader.record_each("deployments", answers, deployment, partial(_statuses, reader))


def _statuses(reader: Reader, deployment: object) -> list[Event]:
    answers = [*reader.every("deployments", str(ident(deployment, "id")), "statuses")]
    made = (payloads.deployment_status(reader.here, deployment, each) for each in answers[::-1])
    return [payloads.event("deployment_status", each) for each in made]


def read_releases(reader: Reader) -> None:
    """Releases that were published; and of which commits they are, where they are deployments."""
    answers = [
        each
        for each in reader.listed("releases", "releases")
        if (at := instant(each, "published_at")) is not None and at >= reader.since
    ][::-1]
    reader.found.releases = len(answers)
    events = [payloads.event("release", payloads.release(reader.here, each)) for each in answers]
    if reader.source.options.deployment_releases and answers:
        events += _tags(reader, {text(each, "tag_name"): each for each in answers})
        for each in answers:
            if not flag(each, "prerelease"):
                reader.found.deployed(ENVIRONMENT)
    reader.record("releases", events)


def _tags(reader: Reader, releases: dict[str | None, Any]) -> Iterator[Event]:
    for tag in reader.listed("tags", "tags"):
        release = releases.get(text(tag, "name"))
        if release is not None:
            yield payloads.event("push", payloads.tag_push(reader.here, tag, release))


def workflows(reader: Reader) -> Iterator[tuple[str, str, str]]:
    """The number, the file and the name of each workflow."""
    for each in reader.listed("workflows", "actions", "workflows"):
        file = (text(each, "path") or "").rpartition("/")[2]
        yield str(ident(each, "id")), file, text(each, "name") or ""


def read_runs(reader: Reader) -> None:
    """The runs of the workflows that deploy, where settings name any."""
    named = set(reader.source.options.deployment_workflows)
    if not named:
        return
    for number, file, name in workflows(reader):
        if not named.isdisjoint((file, name)):
            reader.record("workflow runs", [*_runs(reader, number, name)][::-1])


def _runs(reader: Reader, workflow: str, name: str) -> Iterator[Event]:
    """Every attempt of the runs that deploy, the newest first."""
    since, upto = format_rfc3339(reader.since), ""
    while True:
        created = f"{since}..{upto}" if upto else f">={since}"
        path = ("actions", "workflows", workflow, "runs")
        runs = [*reader.listed("workflow runs", *path, status="completed", created=created)]
        for run in runs:
            yield from _attempts(reader, run, name)
        last = text(runs, -1, "created_at") or ""
        if len(runs) < MOST_RUNS or last in ("", upto):
            return
        upto = last


def _attempts(reader: Reader, run: object, name: str) -> Iterator[Event]:
    """The events of a run, if it deploys; GitHub lists the last attempt alone."""
    latest = whole(run, "run_attempt") or 1
    for attempt in range(latest, 0, -1):
        payload = payloads.run(reader.here, run, name)
        if not is_run_of_deployment(payload, reader.source.options):
            return
        reader.found.deployed(ENVIRONMENT)
        yield payloads.event("workflow_run", payload)
        if attempt > 1:
            number = str(ident(run, "id"))
            run = reader.get("actions", "runs", number, "attempts", str(attempt - 1))
