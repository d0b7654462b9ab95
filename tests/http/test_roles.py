"""Every method of every path, asked by everybody: who has not its role does not get through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from streamgauge.access import ROLES, Grant, mint, store
from streamgauge.postgres.database import Database
from streamgauge.settings import Settings
from streamgauge_http.app import resources
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
ANYBODY = "anybody"
SIGNED = "whoever signs"
# What is meant, written down beside what is declared: the first line that fits. A path that none
# fits has no business here before it has one.
WANTED: Sequence[tuple[str, str]] = (
    (r"GET (/|/healthz|/readyz|/openapi\.json|/docs|/assets/\{name\})", ANYBODY),
    (r"GET (/metrics|/v1/plugins|/v1/routes|/v1/projections(/\{name\}/replay)?)", "read, of all"),
    (r"POST /v1/projections/\{name\}/replay", "admin, of all"),
    (r"POST /v1/(links|dead-letters/\{id\}/(retry|skip))", "admin"),
    (r"GET /v1/(overview|live|events/c(loud|d)events|lineage/\{id:path\}|dead-letters(/\{id\})?)",
     "read"),
    (r"GET /v1/(metrics(/\{name\}(/explain)?)?|deployments|changes|incidents)", "read"),
    (r"GET (/deploy-frequency/\{interval\}|/api/v4/(projects|groups)/.*/dora/metrics)", "read"),
    (r"POST (/|/cloudevents|/cdevents)", "ingest"),
    (r"POST (/api(/rest)?|/rest)?/plugins/webhook/.*", "ingest"),
    (r"POST /(webhooks/\{source\}|spinnaker/\{part1\})", SIGNED),
)  # fmt: skip
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


def wanted(method: str, path: str) -> str:
    """Who may, by the table."""
    fitting = (who for pattern, who in WANTED if re.fullmatch(pattern, f"{method} {path}"))
    return next(fitting, "nothing says who may")


def may(grant: Grant | None, method: str, path: str) -> bool:
    """As docs/decisions/0023 has it, said once more."""
    role, _, of_all = wanted(method, path).partition(", ")
    if role in (ANYBODY, SIGNED):
        return True
    if grant is None or (of_all and grant.tenant is not None):
        return False
    wide = {"ingest": {"ingest"}, "read": {"read", "admin"}, "admin": {"admin"}}[role]
    return bool(wide & grant.roles)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("method", "path"), [each[:2] for each in OPERATIONS])
def test_the_matrix(guarded: Guarded, method: str, path: str, caller: str) -> None:
    concrete = re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: PARTS.get(part[1], "1"), path)
    answer = guarded.ask(method, concrete, caller)
    refused = answer.status in (401, 403) and answer.json["type"] in REFUSED
    assert refused != may(CALLERS[caller], method, path), answer
    if caller == "nobody" and refused:
        assert (answer.status, answer.headers["www-authenticate"][:6]) == (401, "Bearer")
    elif refused:
        assert (answer.status, answer.json["type"]) == (403, "/problems/forbidden")


def test_the_matrix_is_of_all_paths() -> None:
    for method, path, operation in OPERATIONS:
        role, _, of_all = wanted(method, path).partition(", ")
        assert operation.role_for(PARTS) == (None if role in (ANYBODY, SIGNED) else role), path
        assert operation.all_tenants == bool(of_all), path
    assert set(ROLES) <= {operation.role for *_, operation in OPERATIONS}


def test_a_webhook_whose_tool_signs_nothing_needs_a_token() -> None:
    receivers = Runtime(Settings.load({}), "postgresql:///never").plugins.receivers
    unsigned = {name for name, item in receivers.items() if getattr(item, "needs_token", False)}
    assert unsigned
    post = OWN["/webhooks/{source}"].operations["POST"]
    assert {name: post.role_for({"source": name}) for name in receivers} == {
        name: ("admin" if name == "links" else "ingest") if name in unsigned else None
        for name in receivers
    }
