"""Change lead time of other things than changes: commits, pushes, artifacts, images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from psycopg.sql import SQL, Composed

from streamgauge_dora.asking.formula import Formula, Period, Value, nothing
from streamgauge_dora.asking.items import Item, only
from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.asking.statistics import mean, mean_of_means, median, rounded
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.durations import duration
from streamgauge_dora.linking.pushes import COMMITS_OF_PUSH

# Each commit of a change at the first deployment of the change.
_COMMITS: Final = """
with recent as (
    select distinct w.tenant, w.change_id from {change_links} w where {recent}
),
parts as (
    select c.tenant, c.change_id, c.sha, c.authored_at from recent r
    join {change_commits} c on c.change_id = r.change_id and c.tenant = r.tenant
    where c.original
    union all
    select h.tenant, h.change_id, h.commit_sha, h.first_commit_at from recent r
    join {changes} h on h.change_id = r.change_id and h.tenant = r.tenant
    where h.kind = 'commit'
)
select {span}, {day}, h.tenant || ' ' || coalesce(h.repository, '') || '@' || c.sha, l.left_out,
       l.service,
       extract(epoch from l.deployed_at - c.authored_at)::float8, null{keys}{detail}
from parts c
join {change_links} l on l.change_id = c.change_id and l.tenant = c.tenant
join {changes} h on h.change_id = l.change_id and h.tenant = l.tenant
join {deployments} d on d.deployment_id = l.deployment_id and d.tenant = l.tenant
where {where} and l.deployed_at < %(end)s
order by l.deployed_at, l.deployment_id, c.sha
"""
_LINKED: Final = Columns(
    at="l.deployed_at",
    tenant="l.tenant",
    service="l.service",
    environment="l.environment",
    repository="h.repository",
    production="d.production",
)
_COMMIT_DETAIL: Final = (
    ", c.sha, c.authored_at, h.change_id, h.repository, l.rule, l.deployment_id, l.service,"
    " l.environment, l.deployed_at"
)
_COMMIT_DETAILS: Final = (
    "commit", "authored_at", "change", "repository", "rule", "deployment", "service",
    "environment", "deployed_at",
)  # fmt: skip

# The commits of the push whose last one is what was deployed.
_PUSHED: Final = """
select {span}, {day}, null, {reason}, d.service,
       extract(epoch from d.finished_at - date_trunc('second', p.authored_at))::float8,
       null{keys}{detail}
from {deployments} d
cross join lateral ({commits_of_push}) p
where {where}
order by d.finished_at, d.deployment_id, p.sha
"""
_PUSHED_DETAIL: Final = (
    ", p.sha, p.authored_at, p.repository, d.deployment_id, d.service, d.environment, d.finished_at"
)
_PUSHED_DETAILS: Final = (
    "commit", "authored_at", "repository", "deployment", "service", "environment", "deployed_at"
)  # fmt: skip

# The latest publishing of the artifact, its id compared as text.
_ARTIFACTS: Final = """
select {span}, {day}, null,
       coalesce({reason}, case when a.at is null then 'no_artifact' end), d.service,
       extract(epoch from d.finished_at - a.at)::float8, null{keys}{detail}
from {deployments} d
left join lateral (
    select a.at from {artifact_events} a
    where a.artifact = d.artifact and a.artifact_id = d.artifact_id and a.tenant = d.tenant
      and a.kind = 'published' and a.at <= d.finished_at
    order by a.at desc limit 1
) a on true
where {where}
order by d.finished_at, d.deployment_id
"""
_ARTIFACT_DETAIL: Final = (
    ", d.artifact_id, a.at, d.deployment_id, d.service, d.environment, d.finished_at"
)
_ARTIFACT_DETAILS: Final = (
    "artifact", "published_at", "deployment", "service", "environment", "deployed_at"
)  # fmt: skip

# The commit that an image is built of: the deployed one alone. What is deployed is there from when
# its deployment began, ready or not.
_IMAGES: Final = """
select {span}, {day}, null,
       coalesce({reason}, case when d.artifact is null then 'no_artifact'
                               when c.authored_at is null then 'no_commit_time' end),
       d.service,
       extract(epoch from coalesce(d.started_at, d.finished_at) - c.authored_at)::float8, d.artifact
       {keys}{detail}
from {deployments} d
left join lateral (
    select min(c.authored_at) as authored_at, min(c.sha) as sha
    from {deployment_commits} m
    join {commits} c on c.sha = m.sha and c.repository = m.repository and c.tenant = m.tenant
    where m.deployment_id = d.deployment_id and m.tenant = d.tenant
) c on true
where {where}
order by d.finished_at, d.deployment_id
"""
_IMAGE_DETAIL: Final = (
    ", d.artifact_id, c.sha, c.authored_at, d.deployment_id, d.service, d.environment,"
    " d.finished_at"
)
_IMAGE_DETAILS: Final = (
    "artifact", "commit", "authored_at", "deployment", "service", "environment", "deployed_at"
)  # fmt: skip


class Each(Formula):
    """One item for each row of a statement."""

    statement: ClassVar[str]
    detail: ClassVar[str]
    details: ClassVar[Sequence[str]]
    columns: ClassVar[Columns] = deployments.COLUMNS
    none: ClassVar[str]
    """Why there is no value, where there is no row."""
    below_zero: ClassVar[bool] = True
    """Whether what ends before it begins counts: in what this reproduces it does."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """The rows: span, day, id, why not, service, seconds, part, dimensions, details."""
        section, linked = scope.section, self.columns is _LINKED
        statement = SQL(self.statement).format(
            span=scope.span(self.columns),
            day=scope.day(self.columns),
            reason=SQL("null") if linked else deployments.reason(scope),
            keys=scope.keys(self.columns),
            detail=SQL(self.detail if scope.detailed else ""),
            where=scope.where(self.columns, anywhere=not linked, in_time=not linked),
            recent=recently(scope),
            commits_of_push=SQL(COMMITS_OF_PUSH).format(**scope.tables),
            **scope.tables,
        )
        for span, day, thing, left_out, service, seconds, part, *rest in scope.fetch(statement):
            amount = None if seconds is None else rounded(seconds, section.text("rounding", "none"))
            yield from scope.item(
                span,
                day,
                *scope.split(rest, self.details),
                amounts=only(amount),
                mark=service if thing is None else "",
                thing=thing,
                left_out=left_out or self._why_not(seconds, amount, section),
                parts=(part,),
            )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """By the statistic that the definition chooses."""
        return duration(items, section, self.none)

    def _why_not(self, seconds: float | None, amount: float | None, section: Section) -> str | None:
        if seconds is None:
            return "no_commit_time"
        if section.flag("only_positive") and (amount is None or amount <= 0):
            return "not_positive"
        wrong = amount is None or (amount < 0 and not self.below_zero)
        return "ends_before_it_begins" if wrong else None


class Commits(Each):
    """Each commit, from when it was written to the first deployment of its change."""

    statement = _COMMITS
    detail = _COMMIT_DETAIL
    details = _COMMIT_DETAILS
    columns = _LINKED
    none = "no commit whose time is known was deployed in this range"
    below_zero = False


class PushedCommits(Each):
    """The commits of the push whose last one was deployed, at each deployment of it."""

    statement = _PUSHED
    detail = _PUSHED_DETAIL
    details = _PUSHED_DETAILS
    none = "no deployment in this range is of a commit that a push is known by"


class Artifacts(Each):
    """Deployments, each since the latest publishing of its artifact."""

    statement = _ARTIFACTS
    detail = _ARTIFACT_DETAIL
    details = _ARTIFACT_DETAILS
    none = "no deployment in this range is of an artifact whose publishing is known"


class Images(Each):
    """Images of services, each at the quickest from its commit to a deployment."""

    statement = _IMAGES
    detail = _IMAGE_DETAIL
    details = _IMAGE_DETAILS
    none = "no deployment in this range is of an image whose commit is known"

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """The mean of the services' means."""
        quickest = quickest_of(items)
        if not quickest:
            return nothing(section, 0, self.none, median=None, mean=None)
        amounts = list(quickest.values())
        value = mean_of_means((service, amount) for (service, _), amount in quickest.items())
        more = {"median": median(amounts), "mean": mean(amounts)}
        return Value(value, len(amounts), more=more, measured=value)


def recently(scope: Scope) -> Composed:
    """That a link `w` is of the asked time, services and environments."""
    columns = Columns(
        at="w.deployed_at",
        tenant="w.tenant",
        service="w.service",
        environment="w.environment",
        repository="null",
    )
    return scope.where(columns, by_tier=False, filtered=("service", "environment"))


def quickest_of(items: Sequence[Item]) -> Mapping[tuple[str, str], float]:
    """(service, artifact) -> the least amount."""
    found: dict[tuple[str, str], float] = {}
    for item in items:
        for amount in item.amounts:
            key = (item.mark, str(item.parts[0]))
            found[key] = min(amount, found.get(key, amount))
    return found
