"""Run in a process of its own: serve `FILE:FACTORY` with the options given as JSON.

Writes one line of JSON to standard output once the server listens.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import signal
import sys

from streamgauge_http.server.gunicorn_app import CannotListen, run
from streamgauge_http.server.limits import Limits

PR_SET_PDEATHSIG = 1


def main(target, options):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    file, _, factory = target.partition(":")
    limits = Limits(**options.pop("limits", {}))

    def on_ready(host, port):
        sys.stdout.write(json.dumps({"host": host, "port": port, "pid": os.getpid()}) + "\n")
        sys.stdout.flush()

    try:
        run(
            runpy.run_path(file)[factory],
            port=options.pop("port", 0),
            limits=limits,
            on_ready=on_ready,
            **options,
        )
    except CannotListen as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
