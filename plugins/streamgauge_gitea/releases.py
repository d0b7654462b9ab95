"""Releases: artifact.published for the release and for each file that hangs on it."""

from __future__ import annotations

from datetime import datetime

from packageurl import PackageURL

from streamgauge import CDEvent
from streamgauge.sources.fields import flag, ident, items, path, sha, text, url
from streamgauge_gitea.notice import Notice, when


def release(notice: Notice) -> list[CDEvent]:
    """One event for the release, then one per file.

    A draft that is published at last is only said to be updated. So both say that it is published,
    which is the same event as before if that is known; a file that was added later is new.
    """
    made = path(notice.data, "release")
    tag, number = text(made, "tag_name"), ident(made, "id")
    if notice.action not in ("published", "updated") or tag is None or number is None:
        return []
    if flag(made, "draft"):
        return []
    address = f"{notice.repository.api_url}/releases/{number}"
    at = when(made, "published_at") or when(made, "created_at")
    page = url(made, "html_url")
    events = [_published(notice, [address], at, notice.repository.artifact(tag), tag, page)]
    for asset in items(made, "assets"):
        identity, name = ident(asset, "id"), text(asset, "name")
        if identity is not None and name is not None:
            download = url(asset, "browser_download_url")
            subject = _asset(notice, tag, name, download)
            told = when(asset, "created_at") or at
            events.append(_published(notice, [address, identity], told, subject, tag, download))
    return events


def _published(
    notice: Notice,
    identity: list[str],
    at: datetime | None,
    subject: str,
    tag: str,
    page: str | None,
) -> CDEvent:
    made = path(notice.data, "release")
    commit = sha(made, "target_commitish")
    return notice.told.occurrence(
        "artifact.published",
        *(*identity, "published"),
        at=at,
        subject=subject,
        content={"user": text(made, "author", "login")},
        commit=commit,
        # target_commitish is a branch or a commit, whichever the author named.
        branch=None if commit else text(made, "target_commitish"),
        tag=tag,
        url=page,
        release=url(made, "html_url"),
        prerelease=flag(made, "prerelease"),
    )


def _asset(notice: Notice, tag: str, name: str, download: str | None) -> str:
    qualifiers = {"download_url": download} if download else {}
    return PackageURL(
        "generic", notice.repository.full_name, name.strip("/") or "asset", tag, qualifiers
    ).to_string()
