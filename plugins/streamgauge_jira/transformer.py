"""The stateless transformer: issues, and versions that are released."""

from __future__ import annotations

from streamgauge import CDEvent, CloudEvent
from streamgauge_jira.incidents import incident
from streamgauge_jira.issue import EVENTS, issue_of
from streamgauge_jira.notice import PREFIX, notice_of
from streamgauge_jira.options import Options
from streamgauge_jira.tickets import ticket
from streamgauge_jira.versions import DEPLOYMENTS, RELEASED, version


class JiraTransformer:
    """What Jira's events mean."""

    name = "jira"

    def __init__(self, options: Options) -> None:
        self._options = options

    def transform(self, event: CloudEvent) -> list[CDEvent]:
        """The ticket's event, then the incident's where the issue is or was one; of a version, its
        release."""
        notice = notice_of(event)
        if notice is None:
            return []
        if notice.event == RELEASED:
            return version(notice)
        issue = issue_of(notice)
        if issue is None:
            return []
        return [ticket(issue, self._options), *incident(issue, self._options)]


def routes() -> dict[str, list[str]]:
    """Every type that means something, exactly."""
    table = {PREFIX + event: [JiraTransformer.name] for event in (*EVENTS, RELEASED)}
    table[PREFIX + RELEASED].append(DEPLOYMENTS)
    return table
