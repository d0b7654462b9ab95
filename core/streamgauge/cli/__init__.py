"""The command line. Commands of the core are here; plugins add theirs through a hook."""

from streamgauge.cli.main import main

__all__ = ["main"]
