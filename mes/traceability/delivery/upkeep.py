"""What is done beside delivering: old requests are forgotten, yesterday is compared with the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from mes.traceability.delivery.desk import Desk
from mes.traceability.delivery.reconciliation import reconcile_next
from mes.traceability.models import Exchange, ExchangeReceipt
from mes.traceability.platforms import Platform

EVERY = timedelta(minutes=15)
ASK_AGAIN = timedelta(hours=6)
"""A platform that did not tell what it has may do so later."""
ROWS_AT_ONCE = 500
WENT_WELL = ("delivered", "accepted")


class Upkeep:
    """Keeps requests for so many days: those that went well, and those that did not."""

    def __init__(self, exchange_days: int = 30, failure_days: int = 365) -> None:
        self._kept, self._failures_kept = timedelta(days=exchange_days), timedelta(days=failure_days)
        self._next_at: datetime | None = None
        self._compare_at: datetime | None = None

    def done(self, desk: Desk, platform: Platform) -> bool:
        """Do what is due; True where there may be more."""
        if 0 < desk.seconds_until(self._next_at) <= EVERY.total_seconds():
            return False
        if self.forget(desk):
            return True
        if not 0 < desk.seconds_until(self._compare_at) <= ASK_AGAIN.total_seconds():
            compared = reconcile_next(desk, platform)
            if compared:
                return True
            self._compare_at = desk.now() + (ASK_AGAIN if compared is None else EVERY)
        self._next_at = desk.now() + EVERY
        return False

    def forget(self, desk: Desk) -> bool:
        """Remove some requests that are old enough; True where there may be more."""
        now = desk.now()
        well = Exchange.outcome.in_(WENT_WELL)
        old = (well & (Exchange.at < now - self._kept)) | (Exchange.at < now - self._failures_kept)
        query = select(Exchange.id).where(Exchange.connector_id == desk.connector_id, old).limit(ROWS_AT_ONCE)
        with desk.reading() as session:
            found = session.scalars(query).all()
        if found:
            with desk.writing() as (work, _):
                work.session.execute(delete(ExchangeReceipt).where(ExchangeReceipt.exchange_id.in_(found)))
                work.session.execute(delete(Exchange).where(Exchange.id.in_(found)))
        return len(found) == ROWS_AT_ONCE
