"""Delivery in the worker: a thread per connector, for as long as the worker lives."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from mes.config import Settings
from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.tending import Tending
from mes.traceability.delivery import Deliverer
from mes.traceability.delivery.upkeep import Upkeep
from mes.traceability.models import Connector
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.platforms.file_drop.folders import use_folders

LONGEST_OWNER = 80


def owner_named(executor_id: str) -> str:
    """Who holds a lease: a worker and its host, so that two hosts whose workers nobody named apart are two; the same
    after a restart, so that it goes on at once."""
    return f"{executor_id}@{socket.gethostname()}"[:LONGEST_OWNER]


def start_delivery(database: Database, clock: Clock, settings: Settings, stop_event: threading.Event) -> Tending:
    """Start delivering to every connector; ends when `stop_event` is set."""
    use_rules(read_rules(settings.connector_hosts))
    use_folders(settings.data, map(Path, filter(None, settings.connector_folders.split(","))))

    def deliver(connector_id: UUID) -> None:
        upkeep = Upkeep(settings.exchange_days, settings.exchange_failure_days)
        deliverer = Deliverer(database, clock, connector_id, owner=owner_named(settings.executor_id), upkeep=upkeep)
        while not stop_event.is_set():
            stop_event.wait(deliverer.deliver_once().wait_seconds)
        deliverer.close()

    loop = Tending("delivery", database, lambda session: session.scalars(select(Connector.id)), deliver, stop_event)
    loop.start()
    return loop
