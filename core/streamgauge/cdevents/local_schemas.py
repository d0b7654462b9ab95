"""The schemas that `context.schemaUri` names, from a folder of the operator's and nowhere else.

CDEvents (custom events) wants a consumer to validate against that schema as well, unless security
speaks against fetching it. It does: the address is chosen by whoever sends the event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from streamgauge.cdevents.reasons import pointer
from streamgauge.errors import InvalidCDEvent, SettingsError


class LocalSchemas:
    """The JSON Schemas in the ``*.json`` files of a folder and those below it, by their ``$id``.

    They are read once. Raises SettingsError for a folder or a file that cannot be used, a schema
    that refers to what is not in the folder among them: nothing is fetched.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        documents: dict[str, Any] = {}
        for name, document in _load(folder):
            if name in documents:
                raise SettingsError(f"two schemas in {folder} have the $id {name}")
            documents[name] = document
        registry = _registry(folder, documents)
        self._validators = {
            name: _compile(name, document, registry) for name, document in documents.items()
        }

    def __contains__(self, schema_uri: str) -> bool:
        return schema_uri.rstrip("#") in self._validators

    def check(self, schema_uri: str, document: Any) -> None:
        """Raise InvalidCDEvent unless the document matches the schema of that address.

        KeyError if there is none.
        """
        try:
            self._validators[schema_uri.rstrip("#")].validate(document)
        except ValidationError as error:
            reason = f"does not match {schema_uri}: {error.message}"
            raise InvalidCDEvent(reason[:500], where=pointer(error.instance_path)) from None
        except ValueError as error:
            raise InvalidCDEvent(f"cannot be held against {schema_uri}: {error}") from None


def _load(folder: Path) -> Iterator[tuple[str, Any]]:
    if not folder.is_dir():
        raise SettingsError(f"the folder of schemas {folder} is not there")
    for path in sorted(folder.rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
            name = document["$id"].rstrip("#")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise SettingsError(f"{path} is no JSON Schema with an $id: {reason}") from None
        yield name, document


def _registry(folder: Path, documents: dict[str, Any]) -> Registry | None:
    try:
        return Registry(list(documents.items()), retriever=_never) if documents else None
    except ValueError as error:
        raise SettingsError(f"the schemas in {folder} cannot be used: {error}") from None


def _compile(name: str, document: Any, registry: Registry | None) -> Draft202012Validator:
    try:
        return Draft202012Validator(
            document, validate_formats=True, registry=registry, retriever=_never
        )
    except (ValueError, LookupError) as error:
        raise SettingsError(f"the schema {name} cannot be used: {error}") from None


def _never(uri: str) -> Any:
    raise LookupError(f"{uri} is not in the folder of schemas, and nothing is fetched")
