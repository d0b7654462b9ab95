"""What can be kept: the encoder writes null for a number that JSON has not."""

from __future__ import annotations

import pytest

from streamgauge import json_codec
from streamgauge.cdevents import check_storable
from streamgauge.errors import InvalidCDEvent
from tests.cdevents.events import deployed


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_has_not_is_refused(number: float) -> None:
    document = deployed()
    document["customData"] = {"a": [{"b": number}]}
    with pytest.raises(InvalidCDEvent, match="which JSON has not"):
        check_storable(document, json_codec.encode(document))


def test_null_is_kept() -> None:
    document = deployed()
    document["customData"] = {"a": None, "b": 0.5}
    check_storable(document, json_codec.encode(document))
