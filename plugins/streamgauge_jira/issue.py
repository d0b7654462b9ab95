"""An issue as one notification has it, and what its changelog says that it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from streamgauge.sources.fields import (
    ident,
    instant,
    items,
    mapping,
    named,
    stamp,
    text,
    texts,
    url,
    word,
)
from streamgauge_jira.notice import Notice
from streamgauge_jira.options import Options

EVENTS: Final = {
    "issue_created": "created",
    "issue_updated": "updated",
    "issue_deleted": "deleted",
}
_API: Final = "https://api.atlassian.com/"


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue."""

    notice: Notice
    action: str
    """``created``, ``updated`` or ``deleted``."""
    id: str
    key: str
    fields: dict[str, Any]
    changes: dict[str, dict[str, Any]]
    """What was changed, by the field's name in lower case."""

    @property
    def subject(self) -> str:
        """What it is called over its whole life: its address by the number, which a move keeps."""
        return f"{self.notice.site}/rest/api/2/issue/{self.id}"

    @property
    def page(self) -> str:
        """Its page, else its address in the API, else its key as a URI."""
        made = f"{self.notice.site}/browse/{self.key}"
        found = None if made.startswith(_API) else url(made)
        return found or url(self.subject) or f"jira:{quote(self.key, safe='')}"

    @property
    def at(self) -> datetime | None:
        """When it was changed."""
        return self.notice.said or instant(self.fields, "updated")

    @property
    def created(self) -> datetime | None:
        """When it was made."""
        return instant(self.fields, "created")

    @property
    def change(self) -> str:
        """What tells this change from others of the issue: its number, else its time."""
        return ident(self.notice.data, "changelog", "id") or stamp(self.at)

    @property
    def status(self) -> str | None:
        """The status that it is in."""
        return text(self.fields, "status", "name")

    @property
    def labels(self) -> list[str]:
        """Its labels."""
        return texts(self.fields, "labels")

    def over(self, options: Options) -> bool:
        """Whether it is done: by the category of its status."""
        category = word(self.fields, "status", "statusCategory", "key")
        if category:
            return category == "done"
        return (self.status or "").casefold() in options.done_statuses

    def was_over(self, options: Options) -> bool:
        """Whether it was done before the change.

        Of a status that was left, only the name is told. An issue that was resolved was done.
        """
        if self.action != "updated":
            return False
        left = self.changes.get("status")
        if left is None:
            return self.over(options)
        resolution = self.changes.get("resolution", {})
        named_done = (text(left, "fromString") or "").casefold() in options.done_statuses
        return named_done or ident(resolution, "from") is not None

    def is_incident(self, options: Options) -> bool:
        """Whether its type or a label makes it one."""
        return _is_one(text(self.fields, "issuetype", "name"), self.labels, options)

    def was_incident(self, options: Options) -> bool:
        """Whether they did before the change."""
        if self.action == "created":
            return False
        kind, labels = text(self.fields, "issuetype", "name"), self.labels
        if (changed := self.changes.get("issuetype")) is not None:
            kind = text(changed, "fromString")
        if (changed := self.changes.get("labels")) is not None:
            labels = (text(changed, "fromString") or "").split()
        return _is_one(kind, labels, options)

    def ended(self, options: Options) -> datetime | None:
        """When it came to be done, as it is: Jira notes when it was resolved."""
        resolved = instant(self.fields, "resolutiondate")
        just_now = "resolution" in self.changes or self.was_over(options)
        return resolved if resolved is not None and just_now else self.at

    def names(self) -> list[str]:
        """What the settings may know its service and its environment by, best first."""
        project = text(self.fields, "project", "key") or self.key.rpartition("-")[0]
        components = named(self.fields, "components")
        return [*(f"{project}/{each}" for each in components), *components, project]


def issue_of(notice: Notice) -> Issue | None:
    """The issue in a notification; None for what has no number or no key."""
    found = mapping(notice.data, "issue")
    number, key = ident(found, "id"), text(found, "key")
    action = EVENTS.get(notice.event)
    if number is None or key is None or action is None:
        return None
    changes = {
        word(item, "field"): mapping(item) for item in items(notice.data, "changelog", "items")
    }
    return Issue(notice, action, number, key, mapping(found, "fields"), changes)


def _is_one(kind: str | None, labels: list[str], options: Options) -> bool:
    folded = {label.casefold() for label in labels}
    typed = (kind or "").strip().casefold() in options.incident_types
    return typed or not folded.isdisjoint(options.incident_labels)
