"""What went wrong, remembered: each incident with what it is due to, and what mends what.

It is the same for every question by one definition, whatever it filters and groups by. An incident
is looked into again when something new is told of it, or when something has changed since before it
was over; what mends something, when something has changed since before that was deployed.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from typing import Final

from psycopg.sql import SQL, Composed

from streamgauge_dora.asking.memory import Shelf
from streamgauge_dora.asking.remembering import lasting, shelf_of
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.defining.definition import Definition
from streamgauge_dora.failures.deployed import Deployed, Remedy
from streamgauge_dora.failures.incidents import Incident, load
from streamgauge_dora.failures.ladder import Blamed, Stated, blame, ended
from streamgauge_dora.failures.remedies import remedies
from streamgauge_dora.failures.wrong import (
    About,
    Due,
    Key,
    Known,
    Step,
    about_remedy,
    key_of,
)

_REMEDIES: Final = ("rollback", "revert", "hotfix")
_WEIGHT: Final = 200
"""What an incident or a remedy weighs."""
_STEPS: Final = 200
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_versions = count(1)

# Incidents that something new is told of: events, statements, deployments that statements name.
_TOLD: Final = """
select tenant, incident_id from {incident_events}
where position > %(seen)s and position <= %(as_of)s
union
select tenant, thing from {given_links}
where what in ('incident', 'fix') and position > %(seen)s and position <= %(as_of)s
union
select g.tenant, g.thing from {deployments} d
join {given_links} g on g.tenant = d.tenant and g.what in ('incident', 'fix')
                    and g.deployment in (d.deployment_id::text, d.event_id, d.reference)
where d.position > %(seen)s and d.position <= %(as_of)s
"""


def known(scope: Scope) -> Known:
    """Since the scope begins, and maybe before; where it is remembered, whatever the filters."""
    if scope.memory is None or scope.detailed or scope.query.as_of is None:
        return _Remembered().brought(scope)
    query = replace(scope.query, start=scope.since, filters={}, group_by=())
    whole = replace(scope, query=query, alone=True)
    strictly = scope.section.flag("strictly_before")
    key = ("known", lasting(whole), _ways(scope.definition), strictly, back(scope.since))
    moves = scope.tables["moves"].as_string(scope.cursor)
    with shelf_of(scope, scope.memory, (moves, *key), _Remembered) as shelf:
        return shelf.brought(whole)


def _ways(definition: Definition) -> str:
    """What a definition says of failures: the metrics have that in common."""
    return repr(
        (
            definition.environments,
            definition.tiers,
            definition.rules,
            definition.max_gap,
            definition.revert_titles,
            definition.hotfix_labels,
            definition.hotfix_branches,
        )
    )


def back(since: datetime) -> int:
    """How far back that is, about: what is asked as far back is remembered together."""
    return max((datetime.now(UTC) - since).days, 0).bit_length()


class _Remembered(Shelf):
    def __init__(self) -> None:
        super().__init__()
        self.forget(None)

    def forget(self, since: datetime | None) -> None:
        """What has not been over by then is looked into again."""
        if since is None:
            self._dues: dict[Key, Due] = {}
            self._remedies: list[Remedy] = []
            self._begin: datetime | None = None
            self._seen = 0
            self._again: set[Key] = set()
            self._mended_since: datetime | None = None
            self._version = 0
            self._steps: deque[Step] = deque(maxlen=_STEPS)
            self._known = Known((), ())
            self._latest = _EVER
            return
        if since <= self._latest:
            self._again |= {key for key, due in self._dues.items() if _last(due.incident) >= since}
        self._mended_since = min(since, self._mended_since or since)

    def brought(self, scope: Scope) -> Known:
        """Up to the moment of the scope."""
        begin = self._begin
        if begin is None or not begin <= scope.since <= begin + self._slack:
            self._read(scope)
        else:
            # All that is remembered, whatever part of it is asked for.
            self._follow(replace(scope, query=replace(scope.query, start=begin)))
        self._seen = scope.query.as_of or 0
        self._again, self._mended_since = set(), None
        if self._known.version != self._version:
            self._tell()
        return self._known

    def _tell(self) -> None:
        dues, steps = list(self._dues.values()), list(self._steps)
        self._known = Known(dues, self._remedies, self._version, steps, self._latest)
        self.weight = _WEIGHT * (len(dues) + len(self._remedies))

    def _extend(self, dues: Iterable[Due], mended: Iterable[Remedy]) -> None:
        """What is newer than all of it changes nothing, and need not be gone through for that."""
        moments = (*(due.latest for due in dues), *map(_until, mended))
        self._latest = max((self._latest, *moments))

    def _read(self, scope: Scope) -> None:
        self.forget(None)
        self._begin = scope.since
        self._slack = max((datetime.now(UTC) - scope.since) / 4, timedelta(days=1))
        self._dues = dict(_looked_into(scope, load(scope)))
        self._remedies = remedies(scope, _rules(scope))
        self._extend(self._dues.values(), self._remedies)
        self._version = next(_versions)

    def _follow(self, scope: Scope) -> None:
        told = {(tenant, id_) for tenant, id_ in scope.fetch(_told(scope), seen=self._seen)}
        before = {key: self._dues.pop(key) for key in told | self._again if key in self._dues}
        incidents = [before[key].incident for key in before.keys() - told]
        incidents += load(scope, [id_ for _, id_ in told]) if told else []
        after = dict(_looked_into(scope, incidents)) if incidents else {}
        self._dues |= after
        self._extend(after.values(), ())
        other = set(before.items()) ^ set(after.items())
        about = {each for _, due in other for each in due.about} | self._mend(scope)
        if about:
            step = Step(self._version, next(_versions), frozenset(about))
            self._steps.append(step)
            self._version = step.after

    def _mend(self, scope: Scope) -> set[About]:
        """What has to do with that which mends something, and is other than it was."""
        since = self._mended_since
        if since is None:
            return set()
        new = remedies(scope, _rules(scope), since=since)
        is_newer = since > self._latest
        gone = [] if is_newer else [each for each in self._remedies if _until(each) >= since]
        if not new and not gone:
            return set()
        self._remedies = [each for each in self._remedies if _until(each) < since] + new
        self._extend((), new)
        return {each for remedy in set(gone) ^ set(new) for each in about_remedy(remedy)}


def _looked_into(scope: Scope, incidents: Sequence[Incident]) -> Iterator[tuple[Key, Due]]:
    real = [incident for incident in incidents if not incident.retracted]
    blamed: dict[Key, list[Blamed]] = defaultdict(list)
    for each in blame(scope, real):
        blamed[key_of(each.incident)].append(each)
    fixes = Stated(scope, "fix", [incident.id for incident in real])
    over = [each for each in chain(*blamed.values()) if each.incident.resolved_at is not None]
    ends: dict[Key, list[Deployed]] = defaultdict(list)
    for each, deployment in ended(scope, over):
        ends[key_of(each.incident)].append(deployment)
    for incident in incidents:
        key = key_of(incident)
        fixed = () if incident.retracted else fixes.all_of(incident)
        yield key, Due.of(incident, blamed[key], fixed, ends[key])


def _told(scope: Scope) -> Composed:
    return SQL(_TOLD).format(**scope.tables)


def _rules(scope: Scope) -> Sequence[str]:
    """What is looked for: where it is remembered, whatever any metric may want."""
    if scope.memory is not None and not scope.detailed:
        return _REMEDIES
    wanted = {*scope.definition.rules, *scope.section.told.get("rules", ())}
    return [rule for rule in _REMEDIES if rule in wanted]


def _last(incident: Incident) -> datetime:
    moments = (incident.detected_at, incident.resolved_at)
    return max(moment for moment in moments if moment is not None)


def _until(remedy: Remedy) -> datetime:
    return max(remedy.deployment.finished_at, remedy.merged_at or _EVER)
