"""Releases: artifact.published for the release and for each file that hangs on it."""

from __future__ import annotations

from datetime import datetime

from packageurl import PackageURL

from streamgauge import CDEvent
from streamgauge.sources.fields import flag, ident, instant, items, path, sha, stamp, text, url
from streamgauge_github.notice import Notice


def release(notice: Notice) -> list[CDEvent]:
    """One event for the release, then one per asset.

    GitHub says ``created``, ``published`` and ``released`` or ``prereleased`` of one release;
    ``published`` is the one that comes exactly when the public can see it.
    """
    made = path(notice.data, "release")
    tag = text(made, "tag_name")
    address = url(made, "url")
    if address is None and (number := ident(made, "id")) is not None:
        address = f"{notice.repository.api_url}/releases/{number}"
    if notice.action != "published" or tag is None or address is None:
        return []
    at = instant(made, "published_at")
    whole_release = notice.repository.artifact(tag)
    events = [_published(notice, address, at, whole_release, tag, url(made, "html_url"))]
    for asset in items(made, "assets"):
        identity, name = url(asset, "url") or ident(asset, "id"), text(asset, "name")
        if identity is not None and name is not None:
            download = url(asset, "browser_download_url")
            subject = _asset_purl(notice, tag, name, download, text(asset, "digest"))
            events.append(_published(notice, f"{address} {identity}", at, subject, tag, download))
    return events


def _published(
    notice: Notice, identity: str, at: datetime | None, subject: str, tag: str, page: str | None
) -> CDEvent:
    made = path(notice.data, "release")
    commit = sha(made, "target_commitish")
    return notice.told.occurrence(
        "artifact.published",
        # A release can be made a draft again and published again.
        *(identity, "published", stamp(at)),
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


def _asset_purl(
    notice: Notice, tag: str, name: str, download: str | None, digest: str | None
) -> str:
    qualifiers = {
        key: value for key, value in (("download_url", download), ("checksum", digest)) if value
    }
    return PackageURL(
        "generic", notice.repository.full_name, name.strip("/") or "asset", tag, qualifiers
    ).to_string()
