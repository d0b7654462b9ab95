"""The repository itself: repository.created, deleted and, for all else, modified."""

from __future__ import annotations

import json
from typing import Final

from streamgauge import CDEvent
from streamgauge.sources import digest
from streamgauge.sources.fields import ident, instant, mapping, stamp, text, url
from streamgauge_bitbucket.notice import Notice
from streamgauge_bitbucket.repository import repository_in

EVENTS: Final = {
    "repo.created": "created",
    "repo.imported": "created",
    "repo.fork": "created",
    "repo.forked": "created",
    "repo.updated": "modified",
    "repo.modified": "modified",
    "repo.transfer": "modified",
    "repo.deleted": "deleted",
}


def repository(notice: Notice) -> list[CDEvent]:
    """What happened to the repository, which is called by its name, as services are.

    Of a fork, the new one is told of.
    """
    data = mapping(notice.data, "fork" if notice.event == "repo.fork" else "repository")
    data = data or mapping(notice.data, "new")
    here = repository_in(data) or notice.repository
    address = url(here.address)
    if address is None:
        return []  # CDEvents needs one, and a Data Center's payload without links has none
    done = EVENTS[notice.event]
    at = instant(notice.data, "date")
    changes = {name: notice.data.get(name) for name in ("changes", "old", "new")}
    # Cloud says no time, so what was changed tells one change from another.
    changed = digest(json.dumps(changes, sort_keys=True)) if done == "modified" else ""
    return [
        notice.told.occurrence(
            f"repository.{done}",
            # The number differs where a name is given to a new repository.
            *(here.page, text(data, "uuid") or ident(data, "id") or "", done, changed, stamp(at)),
            at=at,
            subject=here.name,
            content={
                "name": here.name.rpartition("/")[2],
                "owner": here.name.partition("/")[0],
                "uri": address,
                "viewUrl": url(here.page),
            },
            repository=here.address,
            url=url(here.page),
            action=notice.event.removeprefix("repo."),
        )
    ]
