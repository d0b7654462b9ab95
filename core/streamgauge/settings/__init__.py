"""Every setting, in one place: a TOML file, overridden by environment variables.

The file is `$STREAMGAUGE_CONFIG`, else `streamgauge.toml` in the working directory if there is
one. A setting `http_workers` is `http_workers = 2` in the file and `STREAMGAUGE_HTTP_WORKERS` in
the environment, where commas separate the texts of a list. A plugin named `github` reads the
file's table `[plugins.github]` and the variables `STREAMGAUGE_GITHUB_*`. The reference is
docs/reference/settings.md.
"""

from streamgauge.settings.checks import SHORTEST_TOKEN as SHORTEST_TOKEN
from streamgauge.settings.declaration import Settings as Settings
from streamgauge.settings.reading import PREFIX as PREFIX
