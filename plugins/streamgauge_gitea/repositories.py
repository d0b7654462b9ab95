"""The repository itself: repository.created, deleted and, for all else, modified."""

from __future__ import annotations

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, path, stamp, text, url
from streamgauge_gitea.notice import Notice, when


def repository(notice: Notice) -> list[CDEvent]:
    """What happened to the repository. It is called by its full name, as services are."""
    if not notice.action:
        return []
    here, data = notice.repository, path(notice.data, "repository")
    done = notice.action if notice.action in ("created", "deleted") else "modified"
    # The payload of a deletion has the time of the last change before it, and not its own.
    at = {"created": when(data, "created_at"), "deleted": None}.get(done, when(data, "updated_at"))
    number = ident(data, "id") or ""
    return [
        notice.told.occurrence(
            f"repository.{done}",
            # The number differs where a name is given to a new repository.
            *(here.page, number, notice.action, stamp(at)),
            at=at,
            subject=here.full_name,
            content={
                "name": here.name,
                "owner": here.owner,
                "uri": url(data, "clone_url") or here.page,
                "viewUrl": here.page,
            },
            url=here.page,
            action=notice.action,
            defaultBranch=text(data, "default_branch"),
        )
    ]
