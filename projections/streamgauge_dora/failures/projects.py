"""Incidents that are their project's: each counts in every production environment of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from psycopg.sql import SQL

from streamgauge_dora.asking.scope import Columns, Scope
from streamgauge_dora.failures.incidents import Incident

_COLUMNS: Final = Columns(
    at="d.finished_at", tenant="d.tenant", service="d.service", environment="d.environment",
    repository="d.repository", production="d.production", position="d.position",
)  # fmt: skip
_PLACES: Final = """
select d.tenant, d.service, d.environment, d.repository, bool_or(d.production)
from {deployments} d
where d.outcome = 'success' and d.environment is not null and {where}
group by d.tenant, d.service, d.environment, d.repository
order by d.tenant, d.environment, d.service, d.repository
"""


class Placed(NamedTuple):
    """An incident in one environment."""

    incident: Incident
    production: bool | None = None
    """Whether a tool itself says that the environment is one of production."""


def placed(scope: Scope, incidents: Iterable[Incident]) -> Iterator[Placed]:
    """The incidents as they are; or, where the definition says ``each_environment``, each once for
    every production environment of its project, if it is one of production; else not at all.

    A project is what has the incident's service, else its repository. Where it is not known to be
    deployed anywhere, the environment that the incident names is the only one.
    """
    if not scope.section.flag("each_environment"):
        yield from map(Placed, incidents)
        return
    found = list(incidents)
    projects = _Projects(scope) if found else None
    for incident in found:
        if projects is not None:
            yield from projects.production(incident)


def production_asked(scope: Scope) -> bool:
    """Whether a question is about production, or about everything."""
    return not scope.tiers or "production" in scope.tiers


class _Place(NamedTuple):
    tenant: str
    service: str
    environment: str
    repository: str | None
    production: bool | None


class _Projects:
    """Where the services of projects were deployed."""

    def __init__(self, scope: Scope) -> None:
        # All of them: whether an incident is one of production another environment may say.
        where = scope.where(_COLUMNS, in_time=False, by_tier=False, filtered=())
        statement = SQL(_PLACES).format(where=where, **scope.tables)
        self._scope = scope
        self._places: dict[tuple[str, str, str | None], list[_Place]] = defaultdict(list)
        for place in map(_Place._make, scope.fetch(statement)):
            self._places[(place.tenant, "service", place.service)].append(place)
            self._places[(place.tenant, "repository", place.repository)].append(place)

    def production(self, incident: Incident) -> list[Placed]:
        """The incident in each production environment that counts it."""
        places = self._of(incident)
        said = any(p.production for p in places if p.environment == incident.environment)
        if not self._is_production(incident.environment, said):
            return []
        by_name: dict[str, Placed] = {}
        for place in places:
            if self._is_production(place.environment, place.production):
                by_name.setdefault(place.environment, _at(incident, place))
        return list(by_name.values()) or [Placed(incident)]

    def _is_production(self, environment: str | None, said: bool | None) -> bool:
        return self._scope.tier_of(environment, said) == "production"

    def _of(self, incident: Incident) -> list[_Place]:
        by_service = self._places.get((incident.tenant, "service", incident.service), [])
        if by_service or incident.repository is None:
            return by_service
        return self._places.get((incident.tenant, "repository", incident.repository), [])


def _at(incident: Incident, place: _Place) -> Placed:
    told = incident._replace(
        environment=place.environment,
        service=incident.service or place.service,
        repository=incident.repository or place.repository,
    )
    return Placed(told, place.production)
