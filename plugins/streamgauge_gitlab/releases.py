"""Releases: artifact.published for the release and for each package or image that it links to."""

from __future__ import annotations

from datetime import datetime

from packageurl import PackageURL

from streamgauge import CDEvent
from streamgauge.sources.fields import ident, instant, items, sha, stamp, text, url, word
from streamgauge_gitlab.notice import Notice

_PUBLISHED = ("image", "package")
"""The types of links that lead to something published, and not to a runbook or a changelog."""


def release(notice: Notice) -> list[CDEvent]:
    """One event for the release, then one per link to a package or an image."""
    tag = text(notice.data, "tag")
    if notice.action != "create" or tag is None:
        return []
    page = notice.project.part("releases", tag)
    made = instant(notice.data, "created_at")
    at = instant(notice.data, "released_at") or made
    # A release can be deleted and made again.
    events = [_published(notice, [page, stamp(made)], at, notice.project.artifact(tag), tag, page)]
    for link in items(notice.data, "assets", "links"):
        number, name, address = ident(link, "id"), text(link, "name"), url(link, "url")
        if word(link, "link_type") in _PUBLISHED and number and name and address:
            subject = _linked(notice, tag, name, address)
            identity = [page, stamp(made), "link", number]
            events.append(_published(notice, identity, at, subject, tag, address))
    return events


def _published(
    notice: Notice, identity: list[str], at: datetime | None, subject: str, tag: str, page: str
) -> CDEvent:
    return notice.told.occurrence(
        "artifact.published",
        *(*identity, "published"),
        at=at,
        subject=subject,
        commit=sha(notice.data, "commit", "id"),
        tag=tag,
        url=page,
        release=notice.project.part("releases", tag),
    )


def _linked(notice: Notice, tag: str, name: str, address: str) -> str:
    return PackageURL(
        "generic",
        notice.project.path,
        name.strip("/") or "asset",
        tag,
        {"download_url": address},
    ).to_string()
