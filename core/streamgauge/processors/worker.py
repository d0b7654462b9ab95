"""The worker: the router, and a thread for each projection, each metric, and all between."""

from __future__ import annotations

import _thread
import gc
import logging
import math
import threading
import time
from collections.abc import Sequence

from streamgauge import traces
from streamgauge.errors import DatabaseUnavailable
from streamgauge.plugins import Plugins
from streamgauge.postgres.database import Database
from streamgauge.postgres.migrate import migrate
from streamgauge.processors.processor import Processor, run
from streamgauge.processors.sources import Sources
from streamgauge.processors.watch import Watch
from streamgauge.replay.chain import Stages
from streamgauge.replay.overseer import Overseer
from streamgauge.routing.router import routing_table
from streamgauge.routing.table import operator_files
from streamgauge.settings import Settings

logger = logging.getLogger(__name__)
_GRACE_SECONDS = 20.0
"""For the pages at hand, where the router has ended by an error."""


def collect_garbage_less_often() -> None:
    """Let a page of decoded events come and go between two runs of the cyclic collector.

    A page is thousands of small dicts without cycles. At the default threshold the collector
    walks over all of them many times a page: a quarter of the router's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _wait(threads: Sequence[threading.Thread], seconds: float = math.inf) -> None:
    """Until the threads have ended, or the seconds are over."""
    until = time.monotonic() + seconds
    for thread in threads:
        # A signal may be given to any thread; the main one runs its handler when it wakes.
        while thread.is_alive() and time.monotonic() < until:
            thread.join(1.0)


class Worker:
    """Runs every processor until it is stopped. Replicas stand by for each other.

    Its routing table and declarative transformers are those in the files: they are watched in
    those that stand by too, so that who takes over goes on by the newest.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        self._watch = Watch("the routing", operator_files(settings), self._route_anew)
        self._settings = settings
        plugins = Plugins(settings)
        table = routing_table(plugins, settings)
        count = len(plugins.projections) + len(plugins.derived) + len(plugins.metrics)
        self.database = Database(url, role="worker", pool_size=4 + count, derives=True)
        self._stages = stages = Stages(self.database, plugins, table)
        self._overseer = Overseer(stages, settings, url)
        self.processors: list[Processor] = [
            *stages,
            self._overseer,
            Sources(self.database),
        ]
        self._stop = threading.Event()

    def run(self) -> None:
        """Work until `stop` is called; then finish the pages at hand and return.

        Raises what ends the router: Ctrl-C, where nobody handles it.
        """
        traces.start(self._settings, "worker")
        self._prepare()
        collect_garbage_less_often()
        first, *others = self.processors
        threads = [
            threading.Thread(
                target=run,
                args=(self.database, processor, self._stop),
                name=processor.name,
                daemon=True,
            )
            for processor in others
        ]
        watch = threading.Thread(
            target=self._watch.run, args=(self._stop,), name="watch", daemon=True
        )
        threads.append(watch)
        for thread in threads:
            thread.start()
        # The router, in the main thread: there alone a transformer can be interrupted.
        threading.current_thread().name = first.name
        try:
            run(self.database, first, self._stop)
        except BaseException:
            # A worker without its router must end, so that another is started in its place: the
            # threads are daemons, for those that do not end.
            self.stop()
            _wait(threads, _GRACE_SECONDS)
            self._overseer.stop()
            raise
        _wait(threads)
        self._overseer.stop()
        traces.stop()
        self.database.close()

    def stop(self) -> None:
        """Ask the processors to end after the page they are at. A signal's handler may call it."""
        # Not in this thread: it may be in the middle of waiting for the very same event, whose lock
        # it then holds, and would wait for that for ever.
        _thread.start_new_thread(self._stop.set, ())

    def _route_anew(self) -> None:
        """Put the table and the declarative transformers in force that are there now, for the
        pages that are begun after this.

        What a build was begun with stays noted as it is, as after a restart: what was derived by
        the old table is changed by a replay only.
        """
        plugins = Plugins(self._settings)  # the declarative ones are among them
        self._stages.router.route_by(plugins, routing_table(plugins, self._settings))

    def _prepare(self) -> None:
        """Bring the tables to this version, waiting for Postgres as long as it takes."""
        pause = 0.5
        while not self._stop.is_set():
            try:
                migrate(self.database, say=logger.info)
            except DatabaseUnavailable as error:
                logger.warning("%s; trying again in %.1f s", error, pause)
                self._stop.wait(pause)
                pause = min(pause * 2, 10.0)
            else:
                return
