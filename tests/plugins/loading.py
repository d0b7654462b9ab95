"""The plugins with the settings of one, loaded once for each settings: that takes a while."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import Any

from streamgauge.plugins import Plugins
from streamgauge.settings import Settings


def loaded(plugin: str, **options: Any) -> Plugins:
    """The plugins, without any setting but these of the plugin."""
    return _loaded(plugin, json.dumps(options, sort_keys=True))


@cache
def _loaded(plugin: str, options: str) -> Plugins:
    told = dataclasses.replace(Settings.load({}), plugins={plugin: json.loads(options)})
    plugins = Plugins(told)
    assert [each.error for each in plugins.plugins if each.error] == []
    return plugins
