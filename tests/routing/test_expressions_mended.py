"""What the library cannot hold is made into what it can, and the rest stays as it is."""

from __future__ import annotations

from streamgauge.expressions import Expression, Values


def test_keys_that_the_library_takes_for_one_are_told_apart() -> None:
    values = Values({}, {"result": "failed", "labels": {"x": 1, "x\0y": 2}})
    assert Expression("data.result == 'failed'").holds(values)
    assert Expression("size(data.labels)").value(values) == 2
    assert Expression("data.labels.x").value(values) == 1
