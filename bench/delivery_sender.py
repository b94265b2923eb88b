"""A deliverer in a process of its own, for runs in which it is killed: its clock runs faster than the wall's.

It looks on as a bystander would, before each request: while the circuit is open there must be none.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import mes.kinds
import mes.tables  # noqa: F401
from mes.core.clock import FACTORY_ZONE
from mes.core.database import Database
from mes.traceability.delivery import Deliverer
from mes.traceability.models import Connector
from mes.traceability.platforms import CaptureJob, Discovery, Lookup, Rendition, Submission
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.platforms.epcis_capture import EpcisCapture, EpcisPlatform
from mes.traceability.settings import ConnectorSettings

BEGAN = datetime(2026, 11, 23, tzinfo=UTC)


class FastClock:
    """Time that runs `speed` times as fast, in every process alike."""

    def __init__(self, speed: float, zone: ZoneInfo = FACTORY_ZONE) -> None:
        self.zone, self._speed = zone, speed

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=(time.time() - BEGAN.timestamp()) * self._speed)


class Watched(EpcisPlatform):
    """The platform, with an eye on the circuit."""

    def __init__(self, url: str, settings: ConnectorSettings, look: Any) -> None:
        super().__init__(url, settings)
        self._look = look

    def discover(self) -> Discovery:
        self._look("discover", 0)
        return super().discover()

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        self._look("send", len(renditions))
        return super().send(renditions)

    def poll(self, job: CaptureJob) -> Submission:
        self._look("poll", 0)
        return super().poll(job)

    def find(self, event_id: str) -> Lookup:
        self._look("find", 0)
        return super().find(event_id)


class WatchedKind(EpcisCapture):
    """The kind `epcis`, its platforms watched."""

    def __init__(self, look: Any) -> None:
        self._look = look

    def connect(self, url: str, settings: ConnectorSettings) -> EpcisPlatform:
        return Watched(url, settings, self._look)


def main() -> None:
    """Deliver until killed; what was wrong goes to a file."""
    given = json.loads(sys.argv[1])
    logging.basicConfig(level=logging.DEBUG)
    use_rules(read_rules("127.0.0.0/8"))
    database, clock = Database(given["database"]), FastClock(given["speed"])
    connector_id, wrong = UUID(given["connector"]), Path(given["wrong"])

    def look(purpose: str, events: int) -> None:
        with database.reading() as session:
            row = session.get_one(Connector, connector_id)
            open_now = row.breaker == "open" or (row.retry_at is not None and row.retry_at > clock.now())
            if row.state != "running" or open_now or (row.breaker == "half_open" and events > 1):
                with wrong.open("a") as file:
                    file.write(f"{purpose} of {events} while {row.state}, {row.breaker}, until {row.retry_at}\n")

    kind = WatchedKind(look)
    deliverer = Deliverer(database, clock, connector_id, kinds=lambda _: kind)
    print("ready", flush=True)
    while True:
        wait = deliverer.deliver_once().wait_seconds
        time.sleep(min(wait, max(wait / given["speed"], 0.01)))


if __name__ == "__main__":
    main()
