"""The making of a CDEvent from what a tool said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from streamgauge.cdevents import CDEvent, event_id, new


@dataclass(frozen=True, slots=True)
class Told:
    """Who said something, and when the CloudEvent that brought it is from."""

    source: str
    """The `context.source` of the CDEvents: a URI-reference of the tool, or of its project."""
    time: datetime
    """Only for what has no time of its own."""
    common: Mapping[str, Any] = field(default_factory=dict)
    """What customData holds in each of them: the repository, for one."""

    def occurrence(
        self,
        kind: str,
        /,
        *identity: str,
        at: datetime | None,
        subject: str,
        content: Mapping[str, Any] | None = None,
        subject_source: str | None = None,
        links: Sequence[Mapping[str, Any]] | None = None,
        **custom: Any,
    ) -> CDEvent:
        """A CDEvent of `kind`, ``service.deployed`` or a whole custom type.

        `identity` is what makes the occurrence the same however often and by whatever delivery
        it is reported: the native entity and the transition. `at` is when it happened; where the
        payload does not say, the CloudEvent's time stands in and customData has
        ``timestampInferred``. `custom` is customData beside `common`; None is left out of it, as
        of `content`.
        """
        if at is None:
            custom["timestampInferred"] = True
        return new(
            kind,
            id=event_id(*identity),
            source=self.source,
            timestamp=at or self.time,
            subject_id=subject,
            subject_source=subject_source,
            content=content,
            links=links,
            custom_data={**self.common, **custom},
        )
