"""What a processor is, and the loop that keeps one running."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

import psycopg

from streamgauge.containment import is_ctrl_c
from streamgauge.errors import ArchiveError, DatabaseUnavailable
from streamgauge.postgres.database import Database
from streamgauge.processors.dead_letters import Stopped
from streamgauge.processors.lease import POLL_SECONDS, Lease
from streamgauge.streams.positions import PositionMoved

logger = logging.getLogger(__name__)
_LONGEST_PAUSE = 15.0
# A step costs some round trips, whatever it handles. Where events come in one by one, a page each
# would take more of the machine than their ingestion does.
_SHORTEST_BREATH, _LONGEST_BREATH = 0.01, 0.05
_FULL_PAGE = 500
# Who finds so much at a look will find something at the next, and need not be told.
_MUCH = 20


class Processor(Protocol):
    """Something that reads a log from a tracked position, a page at a time."""

    name: str
    """What its lease is on."""
    channels: Sequence[str]
    """The Postgres channels whose notifications say that there is something to do."""

    def step(self) -> int:
        """Handle one page in one transaction; how many events it had, 0 for nothing to do."""
        ...


def _breath(handled: int) -> float:
    """How many seconds a step with so many events is to take at least.

    The more come in, the longer: pages that are worth their round trips matter more then than the
    last hundredth of a second. Behind a full page there is another.
    """
    if handled >= _FULL_PAGE:
        return 0.0
    return min(_LONGEST_BREATH, max(_SHORTEST_BREATH, handled / 1000))


def run(database: Database, processor: Processor, stop: threading.Event) -> None:
    """Run the processor, whenever this process holds its lease, until `stop` is set.

    An outage of Postgres, a lost lease and an unforeseen error all end in another try, after a
    pause that grows to 15 seconds.
    """
    pause = 0.5
    while not stop.is_set():
        try:
            with Lease(database, processor.name, channels=processor.channels) as lease:
                if lease.acquire(stop.is_set):
                    logger.info("%s: holding the lease", processor.name)
                while not stop.is_set():
                    started = time.monotonic()
                    handled = processor.step()
                    if handled >= _MUCH:
                        lease.cease_to_listen()
                    look_again = handled > 0 or lease.listen()
                    lease.wait(0 if look_again else POLL_SECONDS)
                    if handled:
                        stop.wait(_breath(handled) - (time.monotonic() - started))
                    pause = 0.5
        except DatabaseUnavailable as error:
            logger.warning("%s: %s; trying again in %.1f s", processor.name, error, pause)
            database.forget_broken_connections()
        except (PositionMoved, psycopg.errors.UndefinedTable) as error:
            # Another holder has been quicker, or a replay has just swapped another build in.
            logger.warning("%s: looking again: %s", processor.name, error)
        except Stopped as error:
            logger.error("%s: streamgauge dead-letters shows it", error)
        except ArchiveError as error:
            logger.error("%s stands still: %s", processor.name, error)
        except BaseException as error:  # a plugin's SystemExit ends no thread
            if is_ctrl_c(error):
                raise
            logger.exception("%s: failed; trying again in %.1f s", processor.name, pause)
        stop.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
