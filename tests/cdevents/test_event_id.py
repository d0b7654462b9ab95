from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.cdevents import event_id

IDS = UUID("7b0a9d6e-3c0f-5c4b-9a3e-5d0c6f6a2f10")


@given(st.lists(st.text()))
def test_an_event_id_is_the_name_based_uuid_that_it_always_was(identity: list[str]) -> None:
    assert event_id(*identity) == str(uuid5(IDS, "\0".join(identity)))
