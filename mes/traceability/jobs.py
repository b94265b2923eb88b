"""Delivery in the worker: a thread per connector, for as long as the worker lives."""

from __future__ import annotations

import threading
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mes.config import Settings
from mes.core.clock import Clock
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.traceability.deliverer import ClientFactory, Deliverer, connect
from mes.traceability.models import Connector

log = structlog.get_logger(__name__)

LOOK_FOR_CONNECTORS_SECONDS = 2.0
AFTER_TROUBLE_SECONDS = 5.0


class DeliveryLoop:
    """Delivers to every connector until `stop_event` is set; new connectors are noticed within seconds."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        owner: str,
        stop_event: threading.Event,
        client_factory: ClientFactory = connect,
    ) -> None:
        self._database, self._clock, self._owner = database, clock, owner
        self._stop, self._client_factory = stop_event, client_factory
        self._threads: dict[UUID, threading.Thread] = {}
        self._watcher = threading.Thread(target=self._watch, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._watcher.start()

    def join(self, timeout_seconds: float = 10) -> None:
        """Wait until the rounds in hand are done."""
        self._watcher.join(timeout_seconds)
        for thread in self._threads.values():
            thread.join(timeout_seconds)

    def _watch(self) -> None:
        while not self._stop.is_set():
            for connector_id in self._connector_ids():
                thread = self._threads.get(connector_id)
                if thread is None or not thread.is_alive():
                    self._begin(connector_id)
            self._stop.wait(LOOK_FOR_CONNECTORS_SECONDS)

    def _connector_ids(self) -> list[UUID]:
        try:
            with self._database.reading() as session:
                return list(session.scalars(select(Connector.id)))
        except SQLAlchemyError:
            log.exception("the connectors could not be read; tried again soon")
            return []

    def _begin(self, connector_id: UUID) -> None:
        name = f"delivery-{connector_id}"
        thread = threading.Thread(target=self._deliver, args=(connector_id,), name=name, daemon=True)
        self._threads[connector_id] = thread
        thread.start()

    def _deliver(self, connector_id: UUID) -> None:
        deliverer = Deliverer(self._database, self._clock, connector_id, self._client_factory, owner=self._owner)
        while not self._stop.is_set():
            try:
                wait_seconds = deliverer.deliver_once().wait_seconds
            except NotFound:
                return
            except Exception:
                # Whatever went wrong, this connector's events must not wait for a restart of the worker.
                log.exception("a round of delivery failed; tried again soon", connector=str(connector_id))
                wait_seconds = AFTER_TROUBLE_SECONDS
            self._stop.wait(wait_seconds)
        deliverer.close()


def start_delivery(database: Database, clock: Clock, settings: Settings, stop_event: threading.Event) -> DeliveryLoop:
    """Start delivering to every connector; ends when `stop_event` is set."""
    loop = DeliveryLoop(database, clock, settings.executor_id, stop_event)
    loop.start()
    return loop
