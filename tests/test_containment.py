"""What plugins brought is called so that the process outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from streamgauge import WebhookRequest, new_event
from streamgauge.containment import contained, received
from streamgauge.errors import PluginError, WebhookRefused

EVENT = new_event(id="1", source="/test", type="test", data={})


class Gives:
    name = "gives"

    def __init__(self, given: Callable[[], Any]) -> None:
        self._given = given

    def receive(self, request: WebhookRequest) -> Any:
        return self._given()


def raising(error: BaseException) -> Callable[[], Any]:
    def function() -> None:
        raise error

    return function


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), GeneratorExit()])
def test_what_would_end_the_process_is_an_error_of_the_plugin(error: BaseException) -> None:
    with pytest.raises(PluginError, match=f"a plugin ended in {type(error).__name__}") as raised:
        contained(raising(error))
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [ValueError("x"), WebhookRefused("x"), KeyboardInterrupt()])
def test_any_other_error_is_what_it_was(error: BaseException) -> None:
    with pytest.raises(type(error)):
        contained(raising(error))


@pytest.mark.parametrize("given", [[EVENT], (EVENT,), iter([EVENT])])
def test_events_are_received(given: Any) -> None:
    assert received(Gives(lambda: given), WebhookRequest({}, b"", {})) == [EVENT]


@pytest.mark.parametrize("given", ["text", ["text"], [EVENT, 5], {"id": "1"}, [None]])
def test_what_are_no_events_is_an_error_that_names_the_receiver(given: Any) -> None:
    with pytest.raises(PluginError, match=r"the receiver 'gives' gave \w+, which is no Event"):
        received(Gives(lambda: given), WebhookRequest({}, b"", {}))


@pytest.mark.parametrize("given", [None, 5])
def test_what_is_no_sequence_is_an_error(given: Any) -> None:
    with pytest.raises(TypeError):
        received(Gives(lambda: given), WebhookRequest({}, b"", {}))
