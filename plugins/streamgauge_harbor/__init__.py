"""Harbor: webhooks in, CDEvents out. What comes of which event: docs/plugins/harbor.md."""

from __future__ import annotations

from streamgauge import Receiver, Transformer, hookimpl
from streamgauge.settings import Settings
from streamgauge.sources import Options, Secrets
from streamgauge_harbor.receiver import HarborReceiver
from streamgauge_harbor.transformer import DONE, HarborTransformer


@hookimpl
def transformers() -> list[Transformer]:
    """One, without a memory."""
    return [HarborTransformer()]


@hookimpl
def routes() -> dict[str, list[str]]:
    """What is about an image, of both payload formats."""
    return {kind: [HarborTransformer.name] for kind in DONE}


@hookimpl
def receivers(settings: Settings) -> list[Receiver]:
    """``/webhooks/harbor``."""
    return [HarborReceiver(Secrets.of(Options(settings, "harbor")))]
