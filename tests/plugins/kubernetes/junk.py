"""Payloads that hold what they should not."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["", "\x00", "٣", "9" * 5000, "0001-01-01T00:00:00Z", "a/b", "StatefulSet"]),
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


def mutate(value: Any, junk: Any, chance: random.Random) -> Any:
    """The value with one node, wherever it is, replaced or taken out."""
    children: list[Any] = []
    if isinstance(value, dict | list):
        children = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not children or chance.random() < 0.1:
        return junk
    child = chance.choice(children)
    if chance.random() < 0.1:
        del value[child]
    else:
        value[child] = mutate(value[child], junk, chance)
    return value
