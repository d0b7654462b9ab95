"""Deployment rework rate: how many deployments were made because of a failure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from streamgauge_dora.asking.formula import Formula, Period, Undefined, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.failures.deployed import Deployed, Key
from streamgauge_dora.failures.few import few
from streamgauge_dora.failures.wrong import Known
from streamgauge_dora.formulas import deployments
from streamgauge_dora.formulas.shares import PART, Share, share

Made = Mapping[Key, tuple[Deployed, list[dict[str, Any]]]]
"""Deployment -> it, and why it was made."""


class Rework(Share):
    """Deployments that mend or undo another one, or ended an incident, through all."""

    def load(self, scope: Scope) -> Iterator[Item]:
        """All deployments, then the rework."""
        yield from deployments.load(scope)
        yield from few(scope, "rework", self._rework)

    def _rework(self, scope: Scope, wrong: Known) -> Iterator[Item]:
        made = rework(wrong, scope.section.told.get("rules", ()))
        places = deployments.places(scope, made)
        for deployment, reasons in sorted(
            made.values(), key=lambda each: (each[0].finished_at, each[0].deployment_id)
        ):
            if (where := places.get(deployment.key)) is not None:
                yield from scope.item(
                    *where,
                    _told(deployment, reasons) if scope.detailed else None,
                    mark=PART,
                    thing=str(deployment.key),
                    parts=sorted({reason["rule"] for reason in reasons}),
                    at=deployment.finished_at,
                    of=deployment.key,
                )

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """With how often each rule found one."""
        rules: Counter[str] = Counter()
        for item in items:
            if item.mark == PART:
                rules.update(dict.fromkeys(item.parts, item.n))
        return share(items, section, "rework", rules=dict(sorted(rules.items())))


def rework(wrong: Known, rules: Sequence[str]) -> Made:
    """The deployments that were made because of a failure."""
    found: dict[Key, tuple[Deployed, list[dict[str, Any]]]] = {}
    reasons: dict[Key, list[dict[str, Any]]] = defaultdict(list)

    def add(deployment: Deployed, **reason: Any) -> None:
        reasons[deployment.key].append(reason)
        found[deployment.key] = (deployment, reasons[deployment.key])

    if "given" in rules:
        for due in wrong.dues:
            for deployment in due.fixes:
                add(deployment, rule="given", incident=due.incident.id)
    for remedy in wrong.remedies:
        if remedy.rule in rules:
            add(
                remedy.deployment,
                rule=remedy.rule,
                failed=remedy.failed and str(remedy.failed.deployment_id),
                change=remedy.change,
            )
    if "incident" in rules:
        for due in wrong.dues:
            for deployment in due.ended:
                add(deployment, rule="incident", incident=due.incident.id)
    return found


def _told(deployment: Deployed, reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "deployment": deployment.deployment_id,
        "service": deployment.service,
        "environment": deployment.environment,
        "finished_at": deployment.finished_at,
        "kind": deployment.kind,
        "repository": deployment.repository,
        "reasons": reasons,
    }


FORMULAS: Final[Mapping[str, Formula]] = {"rework": Rework(), "none": Undefined()}
