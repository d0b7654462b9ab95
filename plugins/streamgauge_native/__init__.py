"""CDEvents from whoever can show a secret of this plugin. docs/plugins/native.md."""

from __future__ import annotations

from streamgauge import Receiver, hookimpl
from streamgauge.routing.settings import binding_of
from streamgauge.settings import Settings
from streamgauge.sources import CDEventsReceiver, Options, Secrets, SharedSecret


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/native``. What it takes in has a route already: CDEvents pass unchanged."""
    check = SharedSecret(Secrets.of(Options(settings, "native")))
    return [CDEventsReceiver("native", check, binding_of(settings))]
