"""The payloads that GitHub's webhooks would have carried, made of what its API answers.

The same things have the same fields in both. What is kept are the fields that transformers read,
and none that changes by itself: what is unchanged must be the same event when it is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from streamgauge import Event, json_codec
from streamgauge.sources import Delivery
from streamgauge.sources.fields import ident, items, path, text
from streamgauge.sources.receiving import digest, event_of
from streamgauge_github import attributes
from streamgauge_github.notice import PREFIXES

Payload = dict[str, Any]

MOST_COMMITS = 250
"""GitHub lists so many commits of a pull request at most."""

_REPOSITORY = ("id", "name", "full_name", "html_url", "url", "default_branch", "created_at")
_PULL = (
    "url", "html_url", "id", "number", "state", "title", "created_at", "updated_at", "closed_at",
    "merged_at", "merge_commit_sha", "draft",
)  # fmt: skip
_REVIEW = ("id", "state", "submitted_at", "commit_id", "html_url")
_DEPLOYMENT = (
    "url", "id", "sha", "ref", "task", "payload", "environment", "original_environment",
    "created_at", "updated_at", "transient_environment", "production_environment",
)  # fmt: skip
_STATUS = (
    "url", "id", "state", "environment", "target_url", "log_url", "environment_url", "created_at",
    "updated_at", "deployment_url",
)  # fmt: skip
_RELEASE = (
    "url", "html_url", "id", "tag_name", "target_commitish", "name", "draft", "prerelease",
    "created_at", "published_at",
)  # fmt: skip
_ASSET = ("url", "id", "name", "browser_download_url", "digest")
_ISSUE = (
    "url", "html_url", "id", "number", "title", "body", "state", "state_reason", "created_at",
    "updated_at", "closed_at",
)  # fmt: skip
_RUN = (
    "url", "html_url", "id", "name", "path", "run_number", "run_attempt", "event", "status",
    "conclusion", "head_branch", "head_sha", "created_at", "run_started_at", "updated_at",
)  # fmt: skip


def event(name: str, payload: Payload, id: str | None = None) -> Event:  # noqa: A002
    """The CloudEvent of a webhook that would have come. Without `id`, what it says is its id."""
    body = json_codec.encode(payload)
    return event_of(
        Delivery(
            type=PREFIXES[0] + name,
            source=attributes.source(payload),
            id=f"import-{id or digest(name, body)[:40]}",
            subject=attributes.subject(name, payload),
            time=attributes.time(name, payload),
        ),
        body,
    )


def mark(thing: object, payload: Payload) -> str:
    """An id that is another one whenever the thing was changed: GitHub says when that was last."""
    changed = (ident(thing, "id") or "", text(thing, "updated_at") or "")
    return digest(*changed, json_codec.encode(payload))[:40]


def repository(answer: object) -> Payload:
    """The repository, as it stands in every payload."""
    return {**_picked(answer, _REPOSITORY), "owner": _person(path(answer, "owner"))}


def opened(here: Payload, pull: object) -> Payload:
    """A pull request that was opened; its title and labels are those that it has now."""
    then = {"state": "open", "closed_at": None, "merged_at": None, "merged": False}
    made = {**_pull(pull, at=path(pull, "created_at")), **then}
    made.pop("merge_commit_sha", None)
    return _of_pull(here, "opened", made)


def closed(here: Payload, pull: object, commits: Iterable[object]) -> Payload:
    """A pull request that was merged, or closed without that, with its commits."""
    found = [commit(each) for each in commits]
    made = _pull(pull, at=path(pull, "closed_at"))
    made["merged"] = path(pull, "merged_at") is not None
    if len(found) < MOST_COMMITS:
        made["commits"] = len(found)
    # A webhook has no such list. It is what tells when the first one was written, where the pushes
    # to the change's own branch are not known.
    return {**_of_pull(here, "closed", made), "commits": found}


def reviewed(here: Payload, pull: object, review: object) -> Payload:
    """A review that was handed in."""
    handed_in = {**_picked(review, _REVIEW), "user": _person(path(review, "user"))}
    then = _pull(pull, at=path(review, "submitted_at"))
    return {**_of_pull(here, "submitted", then), "review": handed_in}


def commit(answer: object) -> Payload:
    """A commit as a push has it. Which files it touches, a list of commits does not say."""
    author = path(answer, "commit", "author")
    return {
        "id": path(answer, "sha"),
        "timestamp": path(author, "date"),
        "message": (text(answer, "commit", "message") or "").partition("\n")[0],
        # Without the e-mail address, which nothing reads.
        "author": {"name": text(author, "name"), "username": text(answer, "author", "login")},
    }


def deployment(here: Payload, answer: object) -> Payload:
    """A deployment that was asked for."""
    return {"action": "created", "deployment": _deployment(answer), "repository": here}


def deployment_status(here: Payload, answer: object, status: object) -> Payload:
    """How far a deployment has come."""
    return {
        "action": "created",
        "deployment_status": _picked(status, _STATUS),
        # When it was changed last is no part of a status that was before.
        "deployment": {k: v for k, v in _deployment(answer).items() if k != "updated_at"},
        "repository": here,
    }


def release(here: Payload, answer: object) -> Payload:
    """A release that was published."""
    made = _picked(answer, _RELEASE)
    made["author"] = _person(path(answer, "author"))
    made["assets"] = [_picked(each, _ASSET) for each in items(answer, "assets")]
    return {"action": "published", "release": made, "repository": here}


def tag_push(here: Payload, tag: object, answer: object) -> Payload:
    """The push of a release's tag; when it was pushed, the release's time stands in for."""
    commit = path(tag, "commit", "sha")
    return {
        "ref": f"refs/tags/{path(tag, 'name')}",
        "before": "0" * 40,
        "after": commit,
        "created": True,
        "deleted": False,
        "forced": False,
        "head_commit": {"id": commit},
        "commits": [],
        "repository": {**here, "pushed_at": path(answer, "published_at")},
    }


def issue(here: Payload, answer: object, action: str, at: object, **then: Any) -> Payload:
    """What happened to an issue `at` a time; `then` are the fields that were other than now."""
    made = {**_picked(answer, _ISSUE), **then, "updated_at": at}
    made["user"] = _person(path(answer, "user"))
    made["labels"] = _labels(answer)
    made["assignees"] = [_person(each) for each in items(answer, "assignees")]
    made["milestone"] = _picked(path(answer, "milestone"), ("title",)) or None
    return {"action": action, "issue": made, "repository": here}


def run(here: Payload, answer: object, workflow: str) -> Payload:
    """A run of a workflow that has ended."""
    return {
        "action": "completed",
        "workflow_run": _picked(answer, _RUN),
        "workflow": {"name": workflow},
        "repository": here,
    }


def _of_pull(here: Payload, action: str, pull: Payload) -> Payload:
    return {
        "action": action,
        "number": pull.get("number"),
        "pull_request": pull,
        "repository": here,
    }


def _pull(answer: object, at: object) -> Payload:
    """The pull request in the payload of what happened `at` a time."""
    made = {**_picked(answer, _PULL), "updated_at": at}
    if path(answer, "merged_at") is None:
        made.pop("merge_commit_sha", None)  # of a trial merge, which is made again and again
    return {
        **made,
        "user": _person(path(answer, "user")),
        "labels": _labels(answer),
        "head": _picked(path(answer, "head"), ("ref", "sha", "label")),
        "base": _picked(path(answer, "base"), ("ref", "sha")),
    }


def _deployment(answer: object) -> Payload:
    return _picked(answer, _DEPLOYMENT)


def _labels(answer: object) -> list[Payload]:
    return [_picked(each, ("name",)) for each in items(answer, "labels")]


def _person(answer: object) -> Payload | None:
    return None if answer is None else _picked(answer, ("login", "id", "type"))


def _picked(answer: object, names: Iterable[str]) -> Payload:
    if not isinstance(answer, Mapping):
        return {}
    return {name: answer[name] for name in names if name in answer}
