"""The plugin as Streamgauge finds it."""

from __future__ import annotations

from typing import Any

import pytest

from streamgauge import Receiver, StatefulTransformer, Transformer
from streamgauge.errors import SettingsError
from streamgauge.plugins import Plugins
from streamgauge.settings import Settings
from streamgauge_devlake import options_of, receivers, routes, transformers


def test_brings_what_the_hooks_ask_for(plugins: Plugins) -> None:
    plain, remembering = transformers(Settings())
    assert isinstance(plain, Transformer)
    assert isinstance(remembering, StatefulTransformer)
    [receiver] = receivers()
    assert isinstance(receiver, Receiver)
    assert {name for targets in routes().values() for name in targets} == {
        plain.name,
        remembering.name,
    }
    assert plugins.receivers["devlake"].name == "devlake"


@pytest.mark.parametrize("services", ["1=shop", ["shop"], {"1": 5}, {"1": ""}, {"1": "a\0"}])
def test_services_that_make_no_sense_are_refused(services: Any) -> None:
    with pytest.raises(SettingsError, match=r"plugins\.devlake\.services"):
        options_of(Settings(plugins={"devlake": {"services": services}}))
