"""``python -m streamgauge``."""

from streamgauge.cli import main

main()
