"""One event of a run: what it says of the run, whichever kind of run it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import ident, instant, items, mapping, path, text, url
from streamgauge.uris import is_uri_reference
from streamgauge_tekton.options import Options

_BODIES = {"pipelinerun": "pipelineRun", "taskrun": "taskRun", "customrun": "customRun"}
# v1beta1 has a name for the results of each kind; that is also how Tekton sends runs of v1.
_RESULTS = ("pipelineResults", "taskResults", "results")


@dataclass(frozen=True, slots=True)
class Run:
    """A run, and what has become of it."""

    kind: str
    """``pipelinerun``, ``taskrun`` or ``customrun``."""
    done: str
    """``queued``, ``started``, ``running``, ``successful`` or ``failed``."""
    uid: str
    data: Mapping[str, Any]
    told: Told
    params: Mapping[str, str]
    """Its parameters that are texts."""
    results: Mapping[str, str]
    """Its results that are texts."""
    cluster: str | None
    dashboard: str | None

    @property
    def name(self) -> str:
        """Its own name, which another run may have after it is deleted."""
        return text(self.data, "metadata", "name") or self.uid

    @property
    def namespace(self) -> str | None:
        """Where it runs."""
        return text(self.data, "metadata", "namespace")

    @property
    def definition(self) -> str:
        """The pipeline or the task that runs, else what its runs' names begin with."""
        word = "pipeline" if self.kind == "pipelinerun" else "task"
        return (
            text(self.labels, f"tekton.dev/{word}")
            or text(self.data, "spec", f"{word}Ref", "name")
            or text(self.labels, f"tekton.dev/{word}Task")
            or text(self.data, "spec", "customRef", "name")
            or (text(self.data, "metadata", "generateName") or "").rstrip("-")
            or self.name
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What the settings may call it by."""
        inside = () if self.namespace is None else (f"{self.namespace}/{self.definition}",)
        return (*inside, self.definition)

    @property
    def pipeline_run(self) -> str | None:
        """The uid of the pipeline run that a task run is part of."""
        if self.kind == "pipelinerun":
            return None
        for owner in items(self.data, "metadata", "ownerReferences"):
            if text(owner, "kind") == "PipelineRun":
                return ident(owner, "uid")
        return text(self.labels, "tekton.dev/pipelineRunUID")

    @property
    def labels(self) -> Mapping[str, Any]:
        """Its labels."""
        return mapping(self.data, "metadata", "labels")

    @property
    def annotations(self) -> Mapping[str, Any]:
        """Its annotations."""
        return mapping(self.data, "metadata", "annotations")

    @property
    def condition(self) -> Mapping[str, Any]:
        """The condition Succeeded, which says how it ended and why."""
        for each in items(self.data, "status", "conditions"):
            if text(each, "type") == "Succeeded":
                return mapping(each)
        return {}

    @property
    def started_at(self) -> datetime | None:
        """When it began."""
        return instant(self.data, "status", "startTime")

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        return instant(self.data, "status", "completionTime") or instant(
            self.condition, "lastTransitionTime"
        )

    @property
    def page(self) -> str | None:
        """Where a person can look at it."""
        if (page := url(self.annotations, "pipelinesascode.tekton.dev/log-url")) is not None:
            return page
        if self.dashboard is None or self.namespace is None:
            return None
        place = f"{quote(self.namespace, safe='')}/{self.kind}s/{quote(self.name, safe='')}"
        return f"{self.dashboard}/#/namespaces/{place}"


def run_of(event: CloudEvent, options: Options) -> Run | None:
    """The run in an event; None for what is none, or has no uid."""
    *_, kind, done, _version = ("", "", *event.get_type().split("."))
    data = mapping(event.get_data(), _BODIES.get(kind, ""))
    uid = ident(data, "metadata", "uid")
    if uid is None:
        return None
    extension = event.get_extension("cluster")
    cluster = text(None if extension is None else str(extension)) or options.cluster
    time = event.get_time()
    assert time is not None, "Streamgauge gives every event a time"
    source = _source(cluster, path(data, "metadata", "namespace"))
    return Run(
        *(kind, done, uid, data, Told(source, time)),
        params=_named(items(data, "spec", "params")),
        results=_named([each for name in _RESULTS for each in items(data, "status", name)]),
        cluster=cluster,
        dashboard=options.dashboard,
    )


def _source(cluster: str | None, namespace: object) -> str:
    """The runs of a namespace, of a named cluster or of the one that there is."""
    inside = text(namespace)
    apis = "/apis/tekton.dev"
    if inside is not None:
        apis += f"/namespaces/{quote(inside, safe='')}"
    if cluster is None:
        return apis
    whole = f"{cluster}{apis}"
    return whole if is_uri_reference(whole) else quote(cluster, safe="") + apis


def _named(pairs: list[Any]) -> dict[str, str]:
    """The values that are texts, by their names."""
    return {
        name: value
        for pair in pairs
        if (name := text(pair, "name")) is not None and (value := text(pair, "value")) is not None
    }
