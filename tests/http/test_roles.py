"""Every method of every path, asked by everybody: who has not its role does not get through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from streamgauge.access import ROLES, Grant, mint, store
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_http.app import resources
from streamgauge_http.operations import Operation
from streamgauge_http.runtime import Runtime
from tests.conftest import fresh_database
from tests.service import Answer, Service

OWN = resources(Runtime(Settings.load({}), "postgresql:///never"))
OPERATIONS = [
    (method, path, operation)
    for path, resource in OWN.items()
    for method, operation in resource.operations.items()
]
PARTS = {"source": "github", "name": "delivery", "interval": "week", "id": "1"}
REFUSED = {"/problems/unauthorized", "/problems/forbidden", "/problems/closed"}


def granted(*roles: str, tenant: str | None = None) -> Grant:
    return Grant(" ".join(roles), frozenset(roles), tenant)  # type: ignore[arg-type]


CALLERS: Mapping[str, Grant | None] = {
    "nobody": None,
    "ingest": granted("ingest"),
    "read": granted("read"),
    "admin": granted("admin"),
    "ingest and read": granted("ingest", "read"),
    "read, of a tenant": granted("read", tenant="acme"),
    "admin, of a tenant": granted("admin", tenant="acme"),
}


@dataclass
class Guarded:
    service: Service
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, caller: str) -> Answer:
        shown = self.tokens.get(caller)
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        return self.service.request(method, path, b"{}" if method == "POST" else None, headers)


@pytest.fixture(scope="module")
def guarded(server_url: str) -> Iterator[Guarded]:
    with fresh_database(server_url) as url:
        tokens = {}
        with Database(url) as database, database.transaction() as cursor:
            for name, grant in CALLERS.items():
                if grant is not None:
                    tokens[name], token = mint(grant)
                    store.add(cursor, token)
        with Service.running(url, roles=["ingest", "api"]) as service:
            yield Guarded(service, tokens)


def may(grant: Grant | None, operation: Operation, path: str) -> bool:
    """As docs/decisions/0023 has it, said once more."""
    role = operation.role_for(PARTS)
    if role is None:
        return True
    if grant is None or (operation.all_tenants and grant.tenant is not None):
        return False
    wanted = {"ingest": {"ingest"}, "read": {"read", "admin"}, "admin": {"admin"}}[role]
    return bool(wanted & grant.roles)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    ("method", "path", "operation"),
    OPERATIONS,
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_matrix(
    guarded: Guarded, method: str, path: str, operation: Operation, caller: str
) -> None:
    concrete = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: PARTS.get(part[1], "1"), path)
    answer = guarded.ask(method, concrete, caller)
    refused = answer.status in (401, 403) and answer.json["type"] in REFUSED
    assert refused != may(CALLERS[caller], operation, path), answer
    if caller == "nobody" and refused:
        assert (answer.status, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
    elif refused:
        assert (answer.status, answer.json["type"]) == (403, "/problems/forbidden")


def test_the_matrix_is_of_all_paths() -> None:
    """A path without a role is here by name, so that none comes to be open by a slip."""
    open_to_all = {
        f"{method} {path}"
        for method, path, operation in OPERATIONS
        if operation.role is None and operation.role_of is None
    }
    signed = {op for op in open_to_all if op.startswith("POST ")}
    assert open_to_all - signed == {
        "GET /", "GET /healthz", "GET /readyz", "GET /openapi.json", "GET /docs",
        "GET /assets/{name}",
    }  # fmt: skip
    receivers = Runtime(Settings.load({}), "postgresql:///never").plugins.receivers
    unsigned = {name for name, item in receivers.items() if getattr(item, "needs_token", False)}
    assert not any(name in op for name in unsigned for op in signed)
    assert set(ROLES) <= {operation.role for *_, operation in OPERATIONS}
