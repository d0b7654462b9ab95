"""Schemas come from a folder, and from nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from streamgauge.cdevents import LocalSchemas
from streamgauge.errors import SettingsError
from tests.cdevents.events import deployed
from tests.shared import SHARED, needs_shared

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server that would give any schema, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def test_what_a_schema_refers_to_is_never_fetched(
    tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    url, paths = asked
    (tmp_path / "elsewhere.json").write_text("{}")
    for reference in (f"{url}/s.json", (tmp_path / "elsewhere.json").as_uri()):
        folder = tmp_path / "schemas"
        folder.mkdir(exist_ok=True)
        schema = {"$schema": DRAFT, "$id": f"{url}/own", "properties": {"a": {"$ref": reference}}}
        (folder / "s.json").write_text(json.dumps(schema))
        with pytest.raises(SettingsError, match="nothing is fetched"):
            LocalSchemas(folder)
    assert paths == []


def test_its_draft_is_not_fetched_either(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    url, paths = asked
    (tmp_path / "s.json").write_text(json.dumps({"$schema": f"{url}/draft", "$id": "urn:x"}))
    with pytest.raises(SettingsError):
        LocalSchemas(tmp_path)
    assert paths == []


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", "[" * 100_000, '{"$id": 1}', '{"$id": "urn:x", "type": 7}']
)
def test_a_file_that_is_no_schema_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(SettingsError, match=r"bad\.json|urn:x"):
        LocalSchemas(tmp_path)


def test_two_schemas_of_one_name_are_none(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"$schema": DRAFT, "$id": "urn:x"}))
    with pytest.raises(SettingsError, match=r"two schemas in .* have the \$id urn:x"):
        LocalSchemas(tmp_path)


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not there"):
        LocalSchemas(tmp_path / "none")
    assert "urn:x" not in LocalSchemas(tmp_path)


@needs_shared
def test_the_official_schemas_can_be_mounted() -> None:
    schemas = LocalSchemas(SHARED / "cdevents/schemas/0.5.1")
    name = "https://cdevents.dev/0.5.1/schema/service-deployed-event"
    assert name in schemas
    schemas.check(name, deployed())
