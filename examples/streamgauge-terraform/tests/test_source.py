"""The conformance suite over the cases, and what it cannot know: the signature, the order."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge import WebhookRequest
from streamgauge.cdevents import DEPLOYMENT_FAILED
from streamgauge.errors import InvalidInput, WebhookRefused
from streamgauge.sources import Names, Secrets
from streamgauge.testing import SourceConformance, event, transformer
from streamgauge_terraform.deployments import TerraformDeployments
from streamgauge_terraform.receiver import describe
from streamgauge_terraform.runs import TerraformRuns
from streamgauge_terraform.signature import HEADER, SignedBySha512
from streamgauge_terraform.workspaces import Workspaces

CASES = Path(__file__).parent / "cases"
BODY = (CASES / "applied-in-one.json").read_bytes()
MEANT = Workspaces(environments=Names({"*-staging": "staging"}), services=Names({"shop-*": "shop"}))


class TestTerraform(SourceConformance):
    source = "terraform"
    cases = CASES
    no_delivery_id = True
    options: ClassVar[Mapping[str, Any]] = {
        "environments": {"*-staging": "staging"},
        "services": {"shop-*": "shop"},
    }


def signed(secret: bytes, body: bytes = BODY) -> WebhookRequest:
    digest = hmac.new(secret, body, hashlib.sha512).hexdigest()
    return WebhookRequest({HEADER.lower(): digest}, body, {})


def step(trigger: str, status: str, minute: int = 0, workspace: str = "shop-production") -> Any:
    return event(
        f"com.hashicorp.terraform.{trigger.replace(':', '.')}",
        {
            "run_id": "run-1",
            "workspace_name": workspace,
            "organization_name": "acme",
            "notifications": [
                {
                    "trigger": trigger,
                    "run_status": status,
                    "run_updated_at": f"2026-03-02T12:{minute:02}:00Z",
                }
            ],
        },
    )


@pytest.mark.parametrize("secret", [b"new", b"old"])
def test_any_of_the_secrets_will_do(secret: bytes) -> None:
    SignedBySha512(Secrets("terraform", (b"new", b"old")))(signed(secret))


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40), st.text(max_size=140))
def test_nothing_else_will(body: bytes, secret: bytes, text: str) -> None:
    check = SignedBySha512(Secrets("terraform", (b"new", b"old")))
    header = text.encode("utf-8").decode("latin-1")
    for request in (
        WebhookRequest({HEADER.lower(): header}, body, {}),
        signed(b"another " + secret, body),
        WebhookRequest(signed(b"new", body).headers, body + b" ", {}),
    ):
        with pytest.raises(WebhookRefused):
            check(request)


def test_what_is_not_signed_is_refused_and_so_is_everything_without_a_secret() -> None:
    with pytest.raises(WebhookRefused, match="set its token"):
        SignedBySha512(Secrets("terraform", (b"new",)))(WebhookRequest({}, BODY, {}))
    with pytest.raises(WebhookRefused, match="no secret is configured"):
        SignedBySha512(Secrets("terraform", ()))(signed(b""))
    SignedBySha512(Secrets("terraform", (), allow_unsigned=True))(WebhookRequest({}, BODY, {}))


@pytest.mark.parametrize("data", [{}, {"notifications": [{"trigger": "run applying"}]}])
def test_what_is_no_notification_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="is this a notification of Terraform"):
        describe(WebhookRequest({}, b"", {}), data)


def test_a_workspace_is_a_service_in_production_unless_the_settings_say_otherwise() -> None:
    applied = step("run:completed", "applied", workspace="shop-staging")
    plain = transformer(TerraformDeployments(Workspaces())).when(applied)
    plain.then(
        {
            "kind": "service.deployed",
            "subject": "shop-staging",
            "content": {"environment": {"id": "production"}},
        }
    )
    transformer(TerraformDeployments(MEANT)).when(applied).then(
        {"subject": "shop", "content": {"environment": {"id": "staging"}}}
    )


@given(st.sampled_from(["applied", "errored", "canceled"]), st.booleans(), st.data())
def test_a_run_is_one_deployment_in_any_order_and_however_often_it_is_told(
    end: str, began: bool, data: st.DataObject
) -> None:
    steps = [("run:planning", "planning", 1), ("run:needs_attention", "planned", 2)]
    steps += [("run:applying", "applying", 3)] if began else []
    steps += [("run:completed" if end == "applied" else "run:errored", end, 4)]
    again = data.draw(st.lists(st.sampled_from(steps), max_size=4))
    told = [step(*each) for each in data.draw(st.permutations([*steps, *again]))]
    run = transformer(TerraformDeployments(MEANT)).when(*told)
    kinds = {"applied": "service.deployed"}
    if began:
        kinds["errored"] = DEPLOYMENT_FAILED.removesuffix(".0.1.0")
    if end not in kinds:
        run.then_nothing()
        return
    run.then({"kind": kinds[end], "subject": "shop", "time": "2026-03-02T12:04:00Z"})


@pytest.mark.parametrize(
    ("trigger", "status"),
    [("run:errored", "errored"), ("run:errored", "canceled"), ("run:needs_attention", "planned")],
)
def test_what_has_not_applied_is_no_deployment(trigger: str, status: str) -> None:
    transformer(TerraformDeployments(MEANT)).when(step(trigger, status)).then_nothing()


def test_a_cancelled_apply_is_no_failed_deployment() -> None:
    told = transformer(TerraformDeployments(MEANT)).given(step("run:applying", "applying"))
    told.when(step("run:errored", "canceled", 1)).then_nothing()


def test_each_time_that_it_waits_is_told() -> None:
    waits = transformer(TerraformRuns(MEANT)).given(step("run:needs_attention", "policy_override"))
    waits.when(step("run:needs_attention", "policy_checked", 5)).then(
        {"kind": "dev.cdeventsx.terraform-apply.waiting", "content": {"service": "shop"}}
    )
