"""Delivery in the worker: a thread per connector, for as long as the worker lives."""

from __future__ import annotations

import threading
from uuid import UUID

from sqlalchemy import select

from mes.config import Settings
from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.tending import Tending
from mes.traceability.deliverer import ClientFactory, Deliverer, connect
from mes.traceability.models import Connector


def start_delivery(
    database: Database,
    clock: Clock,
    settings: Settings,
    stop_event: threading.Event,
    client_factory: ClientFactory = connect,
) -> Tending:
    """Start delivering to every connector; ends when `stop_event` is set."""

    def deliver(connector_id: UUID) -> None:
        deliverer = Deliverer(database, clock, connector_id, client_factory, owner=settings.executor_id)
        while not stop_event.is_set():
            stop_event.wait(deliverer.deliver_once().wait_seconds)
        deliverer.close()

    loop = Tending("delivery", database, lambda session: session.scalars(select(Connector.id)), deliver, stop_event)
    loop.start()
    return loop
