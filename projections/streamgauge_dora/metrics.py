"""The five metrics, and the score that they come to: what each is called, and its formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import ClassVar

from psycopg import Cursor
from psycopg.rows import TupleRow

from streamgauge.errors import InvalidQuery
from streamgauge.metrics import Metric, MetricAnswer, MetricExplanation, MetricQuery
from streamgauge.projections import Tables
from streamgauge.stages.builds import Definition as Stored
from streamgauge_dora.asking.explaining import REASONS, told
from streamgauge_dora.asking.formula import Formula
from streamgauge_dora.asking.items import grouped
from streamgauge_dora.asking.memory import Memory
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.asking.summary import Summary
from streamgauge_dora.defining import Definition, Definitions
from streamgauge_dora.defining.sections import SECTIONS
from streamgauge_dora.formulas.quick_check import QuickCheck
from streamgauge_dora.formulas.registry import FORMULAS
from streamgauge_dora.quick_check import benchmarks


class DoraMetric(Metric):
    """A fold of items, by the formula that a definition names."""

    projection = "links"
    version = 2
    remembers = True
    formulas: Mapping[str, Formula]
    percentiles: ClassVar[bool] = False
    """Whether its items have amounts."""

    def __init__(self, definitions: Definitions, memory: Memory | None = None) -> None:
        self._definitions = definitions
        self._memory = memory

    def definition(self) -> Stored:
        """The configured definition, without what it says of the other metrics."""
        document = self._definitions.document()
        return {
            key: value for key, value in document.items() if key not in SECTIONS or key == self.name
        }

    def depends_on(self, query: MetricQuery, definition: Stored) -> object:
        """What the file of another definition says, where one is asked for."""
        if query.definition in (None, definition.get("name")):
            return None
        return repr(self._definitions.named(str(query.definition)))

    def definitions(self) -> Sequence[str]:
        """Those that ship, and those of the folder."""
        return self._definitions.names()

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Stored,
    ) -> MetricAnswer:
        """The items, summed up for all and for each group."""
        scope = self._scope(cursor, tables, query, definition)
        formula = self.formulas[scope.section.formula]
        whole, groups = grouped(formula.load(scope), query)
        summary = Summary(self.name, formula, scope.definition, query)
        unit = formula.unit(scope.section) or self.unit
        result = {"unit": unit, **summary.result(whole, groups)}
        return MetricAnswer(scope.definition.name, result)

    def explain(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Stored,
    ) -> MetricExplanation:
        """The same items, one by one, and what they come to."""
        scope = self._scope(cursor, tables, query, definition, detailed=True)
        formula = self.formulas[scope.section.formula]
        items = grouped(formula.load(scope), replace(query, group_by=()))[0].current
        summary = Summary(self.name, formula, scope.definition, query)
        return MetricExplanation(
            scope.definition.name,
            {"unit": formula.unit(scope.section) or self.unit, **summary.whole(items)},
            [told(item, query.group_by) for item in items],
            REASONS,
        )

    def _scope(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        stored: Stored,
        *,
        detailed: bool = False,
    ) -> Scope:
        if query.percentiles and not self.percentiles:
            raise InvalidQuery(
                f"{self.name} has none; durations have percentiles", where="percentile"
            )
        definition = (
            Definition.read(stored)
            if query.definition in (None, stored.get("name"))
            else self._definitions.named(str(query.definition))
        )
        section = definition.section(self.name)
        return Scope(cursor, tables, query, definition, section, detailed, self._memory)


class DeploymentFrequency(DoraMetric):
    """How often a team deploys."""

    name = "deployment_frequency"
    title = "Deployment frequency"
    description = "On how many days of a week something was deployed to production."
    unit = "days with a deployment per week"
    formulas = FORMULAS["deployment_frequency"]
    overview = True
    better = "more"


class ChangeLeadTime(DoraMetric):
    """How long a change takes to its users."""

    name = "change_lead_time"
    title = "Change lead time"
    description = "From the first commit of a change to the first deployment that has it."
    unit = "seconds"
    formulas = FORMULAS["change_lead_time"]
    overview = True
    better = "less"
    percentiles = True


class ChangeFailRate(DoraMetric):
    """How many deployments need intervention."""

    name = "change_fail_rate"
    title = "Change fail rate"
    description = "The share of deployments that needed immediate intervention."
    unit = "share of deployments"
    formulas = FORMULAS["change_fail_rate"]
    overview = True
    better = "less"


class FailedDeploymentRecoveryTime(DoraMetric):
    """How long a failed deployment takes to be mended."""

    name = "failed_deployment_recovery_time"
    title = "Failed deployment recovery time"
    description = "From a deployment that failed until what was wrong with it is over."
    unit = "seconds"
    formulas = FORMULAS["failed_deployment_recovery_time"]
    overview = True
    better = "less"
    percentiles = True


class DeploymentReworkRate(DoraMetric):
    """How many deployments are made because of failures."""

    name = "deployment_rework_rate"
    title = "Deployment rework rate"
    description = "The share of deployments that were made because another one had failed."
    unit = "share of deployments"
    formulas = FORMULAS["deployment_rework_rate"]
    overview = True
    better = "less"


class DoraQuickCheck(DoraMetric):
    """How the five compare with the industry's."""

    name = "dora_quick_check"
    title = "DORA Quick Check"
    description = "The Quick Check of 2025, answered with what the five metrics measured."
    unit = "score from 0 to 10"
    formulas: Mapping[str, Formula] = {"dora_quick_check": QuickCheck()}

    def definition(self) -> Stored:
        """All of the configured definition: it is made of what that says of the five."""
        return self._definitions.document()

    def answer(
        self,
        cursor: Cursor[TupleRow],
        tables: Tables,
        query: MetricQuery,
        definition: Stored,
    ) -> MetricAnswer:
        """The scores, and beside them once what all industries have."""
        found = super().answer(cursor, tables, query, definition)
        beside = {name: asdict(benchmark) for name, benchmark in benchmarks().items()}
        return MetricAnswer(found.definition, {**found.result, "benchmarks": beside})


def all_metrics(definitions: Definitions) -> Sequence[Metric]:
    """The five, and the Quick Check; what one remembers, the others need not read."""
    memory = Memory()
    return [
        metric(definitions, memory)
        for metric in (
            DeploymentFrequency,
            ChangeLeadTime,
            ChangeFailRate,
            FailedDeploymentRecoveryTime,
            DeploymentReworkRate,
            DoraQuickCheck,
        )
    ]
