"""One event of echo's: where its parts are, and what it says of an execution and a stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from streamgauge import CloudEvent, json_codec
from streamgauge.sources import Told
from streamgauge.sources.fields import ident, items, mapping, path, text, whole, word
from streamgauge_spinnaker.options import Options

OUTCOMES = {
    "succeeded": "success",
    "terminal": "failure",
    "failed_continue": "failure",
    "stopped": "failure",
    "canceled": "cancel",
}
"""Orca's status as CDEvents' outcome; what was skipped has none."""


@dataclass(frozen=True, slots=True)
class Said:
    """What echo says of a pipeline, or of one of its stages."""

    done: str
    """``starting``, ``complete`` or ``failed``."""
    content: Mapping[str, Any]
    execution: Mapping[str, Any]
    identity: str
    """Of the execution."""
    application: str
    told: Told
    page: str
    stage: Mapping[str, Any]
    """The stage that this is about, as the execution lists it; empty of a pipeline."""

    @property
    def trigger(self) -> Mapping[str, Any]:
        """What set the pipeline off."""
        return mapping(self.execution, "trigger")

    @property
    def stage_identity(self) -> str | None:
        """The stage's id."""
        return ident(self.content, "stageId") or ident(self.stage, "id")

    @property
    def context(self) -> Mapping[str, Any]:
        """What the stage works with."""
        return mapping(self.content, "context") or mapping(self.stage, "context")

    @property
    def is_synthetic(self) -> bool:
        """Whether orca has made the stage as a part of another."""
        return path(self.content, "isSynthetic") is True


def said_by(event: CloudEvent, options: Options) -> Said | None:
    """What an event says; None without an execution."""
    data = event.get_data()
    if not isinstance(data, dict):
        return None
    details, content = told_by_echo(data)
    execution = mapping(content, "execution")
    identity = ident(execution, "id") or ident(content, "executionId")
    if identity is None:
        return None
    application = text(details, "application") or text(execution, "application") or "unknown"
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    # What is no pipeline was asked for by hand, and stands among an application's tasks.
    alone = path(content, "standalone") is True or word(execution, "type") == "orchestration"
    place = "tasks" if alone else "executions/details"
    page = f"#/applications/{quote(application, safe='')}/{place}/{quote(identity, safe='')}"
    return Said(
        done=event.get_type().rpartition(".")[2],
        content=content,
        execution=execution,
        identity=identity,
        application=application,
        told=Told(options.instance, time),
        page=f"{options.instance}/{page}",
        stage=_stage(content, items(execution, "stages")) if "name" in content else {},
    )


def _stage(content: Mapping[str, Any], stages: list[Any]) -> dict[str, Any]:
    """The stage with the id that the content names. Older releases name none: then it is the one
    of its name that began when this one did."""
    identity = ident(content, "stageId")
    name, began = text(content, "name"), whole(content, "startTime")
    for stage in stages:
        if identity is not None and ident(stage, "id") == identity:
            return mapping(stage)
        same = text(stage, "name") == name and whole(stage, "startTime") == began
        if identity is None and began is not None and same:
            return mapping(stage)
    return {}


def told_by_echo(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The details and the content of an event, empty where it has none.

    An endpoint may be set to wrap events in an object of another, and to flatten both to texts.
    """
    for whole_event in (data, *data.values()):
        if isinstance(whole_event, dict) and (details := _object(whole_event.get("details"))):
            return details, _object(whole_event.get("content"))
    return {}, {}


def _object(value: object) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json_codec.decode_bounded(value.encode(), inside=True)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}
