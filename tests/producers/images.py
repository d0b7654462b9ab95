"""Container images made by hand: OCI layouts of one small layer."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

_MEDIA = "application/vnd.oci.image"


def write_image(layout: Path, content: str, commit: str) -> str:
    """An image with that text in a file and the commit in a label and an annotation, as build
    tools write it; its digest."""
    (layout / "blobs/sha256").mkdir(parents=True)
    plain = _layer(content.encode())
    layer = _blob(layout, gzip.compress(plain, mtime=0))
    revision = {"org.opencontainers.image.revision": commit}
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": revision},
        "rootfs": {"type": "layers", "diff_ids": [_digest(plain)]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_MEDIA}.manifest.v1+json",
        "config": {"mediaType": f"{_MEDIA}.config.v1+json", **_json(layout, config)},
        "layers": [{"mediaType": f"{_MEDIA}.layer.v1.tar+gzip", **layer}],
        "annotations": revision,
    }
    described = {"mediaType": f"{_MEDIA}.manifest.v1+json", **_json(layout, manifest)}
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    return str(described["digest"])


def _layer(content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("shop")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _json(layout: Path, document: Any) -> dict[str, Any]:
    return _blob(layout, json.dumps(document).encode())


def _blob(layout: Path, data: bytes) -> dict[str, Any]:
    digest = _digest(data)
    (layout / "blobs/sha256" / digest.removeprefix("sha256:")).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
