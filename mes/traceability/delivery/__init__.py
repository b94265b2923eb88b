"""Delivery of the ledger to platforms: at least once, in order per identifier, the same bytes on every attempt.

The ledger is the queue and a connector is a cursor on it. Each event gets a receipt with its rendition (`enrolment`);
documents are chosen so that no identifier's order is broken (`choosing`), sent, and what the answer means is written
down (`settling`); accepted documents are asked for (`flights`); `breaker` and `backoff` say when to be quiet. Every
change is written before and after a request: a process killed at any point sends the same bytes again.
"""

from mes.traceability.delivery.deliverer import Deliverer, Outcome
from mes.traceability.delivery.enrolment import Enroller

__all__ = ["Deliverer", "Enroller", "Outcome"]
