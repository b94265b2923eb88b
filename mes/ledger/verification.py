"""Proof that nothing in the ledger was altered: every hash and every link recomputed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.text import N_, Text
from mes.ledger.canonical import content_hash
from mes.ledger.models import LedgerEvent
from mes.ledger.service import utc_text


@dataclass(frozen=True)
class Verification:
    """What a check of the whole ledger found; `fault` names the first event that is wrong."""

    events: int
    subjects: int
    fault_sequence: int | None = None
    fault: Text | None = None

    @property
    def intact(self) -> bool:
        """Whether nothing was found wrong."""
        return self.fault is None


def verify(session: Session) -> Verification:
    """Recompute every event's hash, and walk each subject's chain, in ledger order."""
    last: dict[str, tuple[int, str]] = {}
    count = 0
    with closing(_events(session)) as events:
        for event in events:
            fault = _fault_of(event, last)
            if fault is not None:
                return Verification(count, len(last), event.sequence, fault)
            for link in event.subjects:
                last[link.subject] = (link.ordinal, event.hash)
            count += 1
    return Verification(count, len(last))


def _events(session: Session) -> Generator[LedgerEvent, None, None]:
    query = select(LedgerEvent).order_by(LedgerEvent.sequence).execution_options(yield_per=1000)
    with closing(session.scalars(query)) as rows:
        yield from rows


def _fault_of(event: LedgerEvent, last: dict[str, tuple[int, str]]) -> Text | None:
    content = event.content
    if content_hash(content) != event.hash:
        return Text(N_("the content does not fit its hash"))
    columns = (str(event.id), event.kind, utc_text(event.event_time), utc_text(event.recorded_time))
    if columns != tuple(content.get(key) for key in ("id", "kind", "event_time", "recorded_time")):
        return Text(N_("a column says something else than the content"))
    if set(content["previous"]) != {link.subject for link in event.subjects}:
        return Text(N_("its subjects were changed"))
    for link in event.subjects:
        ordinal, previous = last.get(link.subject, (0, None))
        if (link.ordinal, link.previous_hash) != (ordinal + 1, previous):
            return Text(
                N_("the event before it in the story of %(subject)s is missing or altered"),
                {"subject": link.subject},
            )
        if content["previous"][link.subject] != previous:
            return Text(
                N_("it does not follow the event before it in the story of %(subject)s"),
                {"subject": link.subject},
            )
    return None
