"""CDEvents of a small world, and its facts and links without the stages that keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.sql import SQL, Identifier

from streamgauge import CDEvent, cdevents, json_codec
from streamgauge.postgres.database import Database
from streamgauge.projections import Changed
from streamgauge.streams.cdevents_log import RecordedCDEvent
from streamgauge.streams.cloudevents_log import identity
from streamgauge_dora.facts import Delivery
from streamgauge_dora.linking.links import Links
from streamgauge_dora.linking.making import Making
from streamgauge_dora.linking.parts import Part
from tests.helpers import START

REPOSITORY = "https://git.example/acme/shop"
SHOP = "git.example/acme/shop"


def at(hours: float) -> datetime:
    """So many hours after a Monday morning."""
    return START + timedelta(hours=hours)


def sha(name: str) -> str:
    """A commit id that can be told from others."""
    return name.encode().hex().ljust(40, "0")


def deployed(
    name: str,
    hours: float,
    commit: str | None = None,
    *,
    service: str = "shop",
    environment: str = "production",
    kind: str = "service.deployed",
    artifact: str | None = None,
    repository: str | None = REPOSITORY,
    **custom: Any,
) -> CDEvent:
    """A deployment that ended then."""
    return cdevents.new(
        kind,
        id=name,
        source="/deploys",
        timestamp=at(hours),
        subject_id=service,
        content={
            "environment": {"id": environment},
            "artifactId": artifact or f"pkg:generic/{service}@{name}",
        },
        custom_data={
            "commit": None if commit is None else sha(commit),
            "repository": repository,
            **custom,
        },
    )


def failed(name: str, hours: float, commit: str | None = None, **more: Any) -> CDEvent:
    """An attempt that failed."""
    return deployed(name, hours, commit, kind=cdevents.DEPLOYMENT_FAILED, **more)


def pushed(
    hours: float,
    *commits: str,
    branch: str = "main",
    written: Mapping[str, float] | None = None,
    after: str | None = None,
    repository: str = REPOSITORY,
    merge: Sequence[str] = (),
    directories: Mapping[str, Sequence[str]] | None = None,
    **content: Any,
) -> CDEvent:
    """A push of these commits, each written half an hour before unless `written` says when."""
    listed = [
        {
            "id": sha(commit),
            "timestamp": at((written or {}).get(commit, hours - 0.5)).isoformat(),
            "author": "ann",
            "merge": commit in merge or None,
            "directories": list((directories or {}).get(commit, ["src"])),
        }
        for commit in commits
    ]
    return cdevents.new(
        cdevents.COMMITS_PUSHED,
        id=f"push {repository} {branch} {hours} {'-'.join(commits)} {after}".replace("\0", "%"),
        source="/pushes",
        timestamp=at(hours),
        subject_id=f"{repository}/branches/{branch}",
        content={
            "repository": {"id": repository, "source": repository},
            "branch": branch,
            "after": sha(after or commits[-1]),
            "commits": listed,
            **content,
        },
        custom_data={"repository": repository},
    )


def change(
    done: str,
    number: int,
    hours: float,
    commit: str | None = None,
    *,
    branch: str = "main",
    head: str | None = None,
    head_branch: str | None = None,
    repository: str = REPOSITORY,
    **custom: Any,
) -> CDEvent:
    """A pull request was created, reviewed, merged or abandoned."""
    return cdevents.new(
        f"change.{done}",
        id=f"{done} {repository} {number} {hours}",
        source="/changes",
        timestamp=at(hours),
        subject_id=f"{repository}/pulls/{number}",
        custom_data={
            "repository": repository,
            "branch": branch,
            "commit": None if commit is None else sha(commit),
            "head": None if head is None else sha(head),
            "headBranch": head_branch,
            **custom,
        },
    )


def merged(
    number: int, hours: float, commit: str, *, written: float | None = None, **more: Any
) -> list[CDEvent]:
    """A change of one commit, written when it was merged unless `written` says otherwise."""
    moment = hours if written is None else written
    branch = more.get("branch", "main")
    return [
        pushed(hours, commit, branch=branch, written={commit: moment}),
        change("merged", number, hours, commit, **more),
    ]


def incident(
    done: str,
    name: str,
    hours: float,
    *,
    service: str | None = "shop",
    environment: str = "production",
    artifact: str | None = None,
    **custom: Any,
) -> CDEvent:
    """An incident was detected or resolved."""
    content: dict[str, Any] = {"environment": {"id": environment}}
    if service is not None:
        content["service"] = {"id": service}
    if artifact is not None:
        content["artifactId"] = artifact
    return cdevents.new(
        f"incident.{done}",
        id=f"{done} {name} {hours}",
        source="/incidents",
        timestamp=at(hours),
        subject_id=name,
        content=content,
        custom_data=custom,
    )


def published(artifact: str, hours: float, commit: str | None = None, **custom: Any) -> CDEvent:
    """An artifact was published."""
    return cdevents.new(
        "artifact.published",
        id=f"published {artifact} {hours}",
        source="/artifacts",
        timestamp=at(hours),
        subject_id=artifact,
        content={},
        custom_data={
            "commit": None if commit is None else sha(commit),
            "repository": REPOSITORY,
            **custom,
        },
    )


def corrected(
    what: str, thing: str, deployment: str, hours: float, *, linked: bool = True
) -> CDEvent:
    """Somebody has corrected a link."""
    return cdevents.new(
        cdevents.LINK_CORRECTED,
        id=f"correction {what} {thing} {deployment} {hours}",
        source="/people",
        timestamp=at(hours),
        subject_id=thing,
        content={"what": what, "deployment": deployment, "linked": linked, "by": "ann"},
    )


def key_of(event: CDEvent) -> str:
    """The identity of an event in the log, which is a deployment's id."""
    return str(identity(event.source, event.id))


class World:
    """The facts and links of events, in tables of their own; a database holds one at a time."""

    def __init__(self, database: Database, parts: Sequence[Part] = ()) -> None:
        self.database = database
        self.delivery, self.parts = Delivery(), parts
        self.tables = {
            name: Identifier(f"world_{name}") for name in (*Delivery.tables, *Links.tables)
        }
        self._seen: set[tuple[str, str]] = set()
        self._position = 0
        with database.transaction() as cursor:
            cursor.execute("select to_regclass('world_deployments') is not null")
            if cursor.fetchone() == (True,):
                # Thousands of worlds are made in one database: tables cost more than rows.
                everything = [SQL("delete from {}").format(name) for name in self.tables.values()]
                cursor.execute(SQL(";").join(everything))
                return
            for sql in (Delivery.schema, Links.schema, Delivery.indexes, Links.indexes):
                cursor.execute(SQL(sql).format(**self.tables))

    def add(self, events: Iterable[CDEvent], *, tenant: str = "default") -> Changed:
        """Fold the events that are new; their positions."""
        since = self._position
        recorded = []
        for event in events:
            if (tenant, event.id) in self._seen:
                continue
            self._seen.add((tenant, event.id))
            self._position += 1
            kind = cdevents.kind_of(event.type)
            assert kind is not None
            key = identity(event.source, event.id).bytes
            state = json_codec.encode(event.document)
            recorded.append(RecordedCDEvent(self._position, tenant, kind, state, key))
        with self.database.transaction() as cursor:
            self.delivery.apply(cursor, self.tables, recorded)
        return Changed(since, self._position)

    def link(self, changed: Changed | None) -> None:
        """Make what has changed, or everything."""
        with self.database.transaction() as cursor:
            if changed is None:
                for name in Links.tables:
                    cursor.execute(SQL("delete from {}").format(self.tables[name]))
            making = Making(cursor, self.tables, self.parts)
            making.all() if changed is None else making.some(changed)

    def tell(self, events: Iterable[CDEvent]) -> None:
        """All at once."""
        self.add(events)
        self.link(None)

    @property
    def position(self) -> int:
        """Of the last event."""
        return self._position

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """All rows of a table, in an order of their own."""
        with self.database.transaction() as cursor:
            cursor.execute(SQL("select * from {} as t order by t::text").format(self.tables[name]))
            return cursor.fetchall()

    def links(self) -> dict[tuple[str, str, str], tuple[str, str, str | None]]:
        """(change, service, environment) -> (deployment's event id, rule, why it is left out)."""
        with self.database.transaction() as cursor:
            cursor.execute(
                SQL(
                    "select replace(replace(l.change_id, 'https://', ''), {}, ''), l.service,"
                    " l.environment, d.event_id, l.rule, l.left_out"
                    " from {} l join {} d using (tenant, deployment_id)"
                ).format(f"{SHOP}", self.tables["change_links"], self.tables["deployments"])
            )
            return {(c, s, e): (d, r, o) for c, s, e, d, r, o in cursor.fetchall()}
