"""The two ways in which a Rollout is heard of: a notification, and the object itself.

A notification is sent while the controller is still at work, so the object in it is of before: its
status says nothing of what the notification is about. What it is about is its name alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge import CloudEvent
from streamgauge.sources import Told
from streamgauge.sources.fields import instant, mapping, text
from streamgauge_argo_rollouts.options import Options
from streamgauge_argo_rollouts.rollouts import Rollout, read_rollout

PREFIX: Final = "io.argoproj.rollouts."
COMPLETED: Final = f"{PREFIX}rollout-completed"
ABORTED: Final = f"{PREFIX}rollout-aborted"
ROLLOUTS: Final = (COMPLETED, ABORTED)
ANALYSES: Final = (f"{PREFIX}analysis-run-failed", f"{PREFIX}analysis-run-error")
OBJECTS: Final = tuple(
    f"dev.knative.apiserver.resource.{operation}" for operation in ("add", "update", "delete")
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A Rollout, and what is said of it."""

    rollout: Rollout
    data: dict[str, Any]
    type: str
    cluster: str | None
    told: Told
    at: datetime | None
    """When the notification was made; None for an object, which has times of its own."""

    @property
    def completed(self) -> bool:
        """Whether the present pod template is what serves."""
        return self.type == COMPLETED or (self._is_object and self.rollout.is_complete)

    @property
    def failed(self) -> bool:
        """Whether the attempt to roll it out was given up."""
        return self.type == ABORTED or (self._is_object and self.rollout.is_failed)

    @property
    def removed(self) -> bool:
        """Whether the Rollout is gone."""
        return self.type == OBJECTS[2]

    @property
    def _is_object(self) -> bool:
        return self.type in OBJECTS[:2]


def notice_of(event: CloudEvent, options: Options) -> Notice | None:
    """The notice in `event`; None where it is about no Rollout."""
    data, name = event.get_data(), event.get_type()
    if not isinstance(data, dict):
        return None
    is_object = name in OBJECTS
    if is_object and data.get("kind") != "Rollout":  # nearly all that a cluster sends
        return None
    rollout = read_rollout(data if is_object else mapping(data, "rollout"), typed=is_object)
    time = event.get_time()
    if rollout is None or time is None:
        return None
    extension = event.get_extension("cluster")
    said = (
        text(data, "cluster")
        if not is_object
        else text(None if extension is None else str(extension))
    )
    cluster = said or options.cluster
    at = None if is_object else instant(data, "timestamp")
    return Notice(rollout, data, name, cluster, Told(source_of(cluster), time), at)


def source_of(cluster: str | None) -> str:
    """Argo Rollouts, of a cluster where it is named."""
    return f"argo-rollouts/{quote(cluster.strip(), safe='')}" if cluster else "argo-rollouts"
