"""The Quick Check: what the other five metrics come to, as answers and scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from streamgauge_dora.asking.formula import Formula, Period, Value
from streamgauge_dora.asking.items import Item
from streamgauge_dora.asking.scope import Scope
from streamgauge_dora.defining.sections import Section
from streamgauge_dora.formulas.registry import FORMULAS
from streamgauge_dora.quick_check import METRICS, answer, scores

NOTHING: Final = "nothing of this range answers any of the five questions"


class QuickCheck(Formula):
    """The overall score. Its section is told the sections of the five, by name."""

    by_bands = True

    def load(self, scope: Scope) -> Iterator[Item]:
        """The items of the five: `mark` begins with the metric's name, `parts` is its own item."""
        for metric in METRICS:
            section = scope.definition.section(metric)
            formula = FORMULAS[metric][section.formula]
            for item in formula.load(replace(scope, section=section)):
                yield item._replace(mark=f"{metric} {item.mark}", parts=(item,))

    def value(self, items: Sequence[Item], period: Period, section: Section) -> Value:
        """Null where none of the five has a value that the check can place."""
        own: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            own[item.mark.partition(" ")[0]].append(item.parts[0])
        found = {metric: _value(metric, own[metric], period, section) for metric in METRICS}
        # What a definition says for no data is no measurement.
        answers = {m: answer(m, each.measured if each.n else None) for m, each in found.items()}
        scored = scores(answers)
        more = {
            "throughput": scored["throughput"],
            "stability": scored["stability"],
            "metrics": {
                metric: _told(found[metric], answers[metric], scored[metric]) for metric in METRICS
            },
        }
        overall, n = scored["overall"], sum(each.n for each in found.values())
        return Value(overall, n, NOTHING if overall is None else None, more)


def _value(metric: str, items: Sequence[Item], period: Period, section: Section) -> Value:
    its_section: Section = section.told[metric]
    return FORMULAS[metric][its_section.formula].value(items, period, its_section)


def _told(value: Value, answered: float | None, score: float | None) -> dict[str, Any]:
    return {"value": value.value, "n": value.n, "answer": answered, "score": score}
