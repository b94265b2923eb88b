"""Events sent again: the same bytes, the same ids, in their order; a platform that has them drops the repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Select, String, cast, func, select, update
from sqlalchemy.orm import Session

from mes.core.commands import Answer, Work, use_case
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.orders.models import Element, Project
from mes.traceability.models import Connector, Receipt
from mes.traceability.renditions import inflated, original_of, render
from mes.traceability.service.connectors import ConnectorCommand, kind_of, note_connector
from mes.traceability.service.receipts import connector_of, locked_connector

SentState = Literal["delivered", "refused", "skipped"]
SENT_STATES: tuple[SentState, ...] = ("delivered", "refused", "skipped")
FIRST_ONES = 3


class ReplayEvents(ConnectorCommand):
    """Send again what was delivered, refused or skipped: of an element, a project, a period, in some states.

    `since` and `until` are about when an event was recorded; what is given together is meant together.
    """

    element_serial: int | None = None
    project_code: str | None = Field(default=None, max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    states: tuple[SentState, ...] = SENT_STATES
    everything: bool = False
    reason: str = Field(default="", max_length=300)

    def chosen(self) -> ColumnElement[bool]:
        """The receipts that are meant.

        Raises:
            InvalidInput: nothing says which.
        """
        said = (self.element_serial, self.project_code, self.since, self.until)
        if all(each is None for each in said) and not self.everything and self.states == SENT_STATES:
            raise InvalidInput(Text(N_("Say what to send again: an element, a time, or everything")))
        ours = (Receipt.connector_id == self.connector_id) & Receipt.state.in_(self.states)
        return ours & Receipt.event_sequence.in_(self._events())

    def _events(self) -> Select[Any]:
        events = select(LedgerEvent.sequence)
        if self.element_serial is not None:
            events = events.where(LedgerEvent.sequence.in_(_told_of([f"element:{self.element_serial}"])))
        if self.project_code is not None:
            names = select("element:" + cast(Element.serial, String)).join(Project)
            events = events.where(LedgerEvent.sequence.in_(_told_of(names.where(Project.code == self.project_code))))
        if self.since is not None:
            events = events.where(LedgerEvent.recorded_time >= self.since)
        if self.until is not None:
            events = events.where(LedgerEvent.recorded_time < self.until)
        return events


class ReplayStarted(Answer):
    """How many events wait to be sent again."""

    events: int


@dataclass(frozen=True)
class ReplayedEvent:
    """One event as it would be sent again; `body` None: it cannot be rendered, for `fault`."""

    sequence: int
    kind: str
    state: str
    event_ids: tuple[str, ...]
    body: bytes | None
    fault: str | None = None


@dataclass(frozen=True)
class ReplayPreview:
    """What a replay would do: how many events in which states, and the first of them, byte for byte."""

    events: int
    states: dict[str, int]
    first: tuple[ReplayedEvent, ...]


@use_case("connector:write")
def replay_events(work: Work, command: ReplayEvents) -> ReplayStarted:
    """Send events again with the same ids; a platform that has them drops the repeats.

    Raises:
        InvalidInput: it was not said which.
    """
    row = locked_connector(work, command.connector_id)
    again = {"state": "waiting", "next_attempt_at": None, "first_attempt_at": None, "capture_job": None}
    changed = work.session.execute(
        update(Receipt)
        .where(command.chosen())
        .values(updated_at=work.now(), refused_for=None, **again)
        .execution_options(synchronize_session=False)
    )
    count = int(getattr(changed, "rowcount", 0))
    said = command.model_dump(mode="json", exclude={"command_id", "occurred_at", "connector_id"}, exclude_defaults=True)
    if count:
        note_connector(work, "connector.replayed", row, work.event_time(command), {**said, "events": count})
    return ReplayStarted(events=count)


def preview_replay(session: Session, command: ReplayEvents, most: int = FIRST_ONES) -> ReplayPreview:
    """What a replay would send; nothing is changed.

    Raises:
        InvalidInput: it was not said which.
        NotFound: the connector is gone.
    """
    connector = connector_of(session, command.connector_id)
    counted = select(Receipt.state, func.count()).where(command.chosen()).group_by(Receipt.state)
    states = {row[0]: int(row[1]) for row in session.execute(counted)}
    query = (
        select(Receipt, LedgerEvent)
        .join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        .where(command.chosen())
        .order_by(Receipt.event_sequence)
        .limit(most)
    )
    first = tuple(_as_sent(session, connector, row, event) for row, event in session.execute(query))
    return ReplayPreview(sum(states.values()), states, first)


def _as_sent(session: Session, connector: Connector, row: Receipt, event: LedgerEvent) -> ReplayedEvent:
    ids = tuple(row.event_ids)
    if row.body is not None:
        return ReplayedEvent(event.sequence, event.kind, row.state, ids, inflated(row.body))
    kind = kind_of(connector.kind)
    original = original_of(session, connector.id, event.content, {})
    made = render(kind, kind.read_settings(connector.settings), event, original)
    body = made.rendition.body if made.rendition else None
    return ReplayedEvent(event.sequence, event.kind, row.state, ids, body, made.fault)


def _told_of(names: Sequence[str] | Select[Any]) -> Select[Any]:
    return select(LedgerSubject.event_sequence).where(LedgerSubject.subject.in_(names))
