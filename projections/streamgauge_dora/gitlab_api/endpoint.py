"""The endpoint: paths, the metrics that are asked for one answer, and the answer's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from streamgauge import EndpointReply, EndpointRequest
from streamgauge.endpoints import Ask
from streamgauge.settings import Settings
from streamgauge_dora.gitlab_api.projects import Projects
from streamgauge_dora.gitlab_api.question import Question
from streamgauge_dora.gitlab_api.refusals import Refused, not_found

# An escaped slash of an id comes as one like any other.
DEEPEST: Final = 6
_FREQUENCY: Final = "deployment_frequency"
_RATE: Final = "change_fail_rate"
_RECOVERY: Final = "failed_deployment_recovery_time"
# As far back as a question may reach.
_EVER: Final = timedelta(days=9000)

Bucket = Mapping[str, Any]


class GitLabDora:
    """``GET /api/v4/projects/:id/dora/metrics``, and the same of groups."""

    name = "gitlab-dora"
    paths: Sequence[str] = tuple(
        f"/api/v4/{kind}/{'/'.join(f'{{id{n}}}' for n in range(depth))}/dora/metrics"
        for kind in ("projects", "groups")
        for depth in range(1, DEEPEST + 1)
    )

    def __init__(self, settings: Settings) -> None:
        self._projects = Projects(settings.for_plugin("dora"))

    def answer(self, request: EndpointRequest, ask: Ask) -> EndpointReply:
        """The values of one metric, a row for each day, month or the whole range that has one."""
        try:
            today = datetime.now(UTC).date()
            question = Question.read(request.query, today)
            what = "Project" if request.path.startswith("/api/v4/projects/") else "Group"
            identity = "/".join(value for _, value in sorted(request.path_parameters.items()))
            repositories = self._projects.repositories(what, identity)
            rows = _rows(question, repositories, ask)
            if not any(row.has_anything for row in rows):
                _check_known(what, repositories, ask, today - _EVER)
        except Refused as refused:
            return refused.reply
        return EndpointReply(200, [row.told() for row in rows if row.is_shown])


class _Row:
    """A day, a month or the whole range: GitLab has one row of all metrics for each."""

    def __init__(self, question: Question, found: Mapping[str, Bucket]) -> None:
        """`found` has the bucket of each metric that tells whether there is a row."""
        self._question = question
        self._asked = found[question.metric]
        created, closed = found[_RATE]["incidents"], found[_RECOVERY]["n"]
        self.has_anything = bool(found[_FREQUENCY]["n"] or created or closed)

    @property
    def is_shown(self) -> bool:
        """Whether GitLab has the row; the whole range always is one."""
        return self.has_anything or self._question.interval == "all"

    def told(self) -> dict[str, Any]:
        """The row in GitLab's shape."""
        return {"date": self._date(), "value": self._value()}

    def _date(self) -> str | None:
        if self._question.interval == "all":
            return None
        return str(self._asked["start"])[:10]

    def _value(self) -> float | None:
        value: float | None = self._asked["value"]
        if self._question.metric != _FREQUENCY:
            return value
        if self._question.interval == "day":
            return int(self._asked["n"])
        return 0.0 if value is None and self.has_anything else value


def _rows(question: Question, repositories: str, ask: Ask) -> Sequence[_Row]:
    given = question.parameters([repositories])
    metrics = list(dict.fromkeys((question.metric, _FREQUENCY, _RATE, _RECOVERY)))
    found = [ask(metric, given)["buckets"] for metric in metrics]
    together = zip(*found, strict=True)
    return [_Row(question, dict(zip(metrics, row, strict=True))) for row in together]


def _check_known(what: str, repositories: str, ask: Ask, since: date) -> None:
    """Whether anything was ever deployed from there, to whatever environment. Raises Refused."""
    given = {"from": [since.isoformat()], "interval": ["all"], "definition": ["gitlab"]}
    found = ask(_FREQUENCY, {**given, "repository": [repositories]})
    if not found["n"] and not found["left_out"]:
        raise not_found(what)
