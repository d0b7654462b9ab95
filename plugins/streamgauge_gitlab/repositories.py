"""The project itself: repository.created, deleted and, for all else, modified.

Group hooks and system hooks tell of it, without an address: where it is the CloudEvent knows.
"""

from __future__ import annotations

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, stamp, text
from streamgauge_gitlab.notice import Notice

_DONE = {"project_create": "created", "project_destroy": "deleted"}


def project(notice: Notice) -> list[CDEvent]:
    """What happened to the project. Its repository is called by its path, as services are."""
    here, done = notice.project, _DONE.get(notice.kind, "modified")
    # What GitLab says of a deletion has the time of the last change before it.
    at = {"created": instant(notice.data, "created_at"), "deleted": None}.get(
        done, instant(notice.data, "updated_at")
    )
    number = ident(notice.data, "project_id") or ""
    return [
        notice.told.occurrence(
            f"repository.{done}",
            # The number differs where a path is given to a new project.
            *(here.page, number, notice.kind, stamp(at)),
            at=at,
            subject=here.path,
            content={
                "name": here.name,
                "owner": here.owner,
                "uri": f"{here.page}.git",
                "viewUrl": here.page,
            },
            url=here.page,
            action=notice.kind,
            formerName=text(notice.data, "old_path_with_namespace"),
        )
    ]
