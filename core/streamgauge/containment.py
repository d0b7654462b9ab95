"""Calling what plugins brought, where the process has others to serve."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from streamgauge.cloudevents import Event
from streamgauge.errors import PluginError, describe
from streamgauge.hookspecs import Receiver
from streamgauge.webhooks import WebhookRequest

P = ParamSpec("P")
T = TypeVar("T")


def is_ctrl_c(error: BaseException) -> bool:
    """Whether it is somebody's Ctrl-C, and no KeyboardInterrupt that a plugin has raised.

    Python raises one in the main thread only, and only where nothing else handles the signal.
    """
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


def contained(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the function returns. Raises what it raises, but PluginError in the place of what would
    end the process, or the task that calls: SystemExit, asyncio's CancelledError."""
    try:
        return function(*args, **kwargs)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"a plugin ended in {describe(error)}") from error


def received(receiver: Receiver, request: WebhookRequest) -> list[Event]:
    """The events that the receiver makes of the request.

    Raises what the receiver raises, and PluginError where it gives anything but events: the log
    writes those of several requests at once.
    """
    events = contained(lambda: [*receiver.receive(request)])
    for event in events:
        if not isinstance(event, Event):
            kind = type(event).__name__
            raise PluginError(f"the receiver {receiver.name!r} gave {kind}, which is no Event")
    return events
