"""Shapes of the API of connectors. Secrets are never part of them: settings name where secrets are kept."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from mes.core.commands import Command
from mes.traceability.models import Exchange
from mes.traceability.platforms.dry_run import DryRun
from mes.traceability.queries import Alarm, ConnectorStatus, EventTimeline, OpenEvent
from mes.traceability.service import ReplayPreview
from mes.traceability.service.replay import SentState

OF_THE_ROW = (
    "id", "name", "kind", "url", "state", "paused_for", "paused_reason", "paused_at", "cursor", "last_success_at",
    "last_error", "last_error_at", "clock_skew_seconds", "breaker", "opened_at", "failures", "retry_at",
)  # fmt: skip
OF_THE_STATUS = (
    "backlog", "refused", "skipped", "delivered", "delivered_today", "oldest_undelivered_at", "waits_since",
    "open_differences",
)  # fmt: skip


class HourShape(BaseModel):
    """Events that arrived in an hour."""

    begins: AwareDatetime
    events: int


class ConnectorShape(BaseModel):
    """A connector and how it stands."""

    id: UUID
    name: str
    kind: str
    url: str
    state: Literal["running", "paused", "disabled"]
    paused_for: str | None = Field(description="person, credentials, configuration or secret")
    paused_reason: str | None
    paused_at: AwareDatetime | None
    cursor: int = Field(description="ledger sequence up to which every event has a receipt")
    backlog: int = Field(description="events the platform does not have yet, refused ones apart")
    refused: int
    skipped: int
    delivered: int
    delivered_today: int
    oldest_undelivered_at: AwareDatetime | None
    waits_since: AwareDatetime | None = Field(description="the same, but not before the connector was made")
    open_differences: int
    last_success_at: AwareDatetime | None
    last_error: str | None
    last_error_at: AwareDatetime | None
    clock_skew_seconds: float | None = Field(description="the platform's clock minus ours")
    breaker: Literal["closed", "open", "half_open"]
    opened_at: AwareDatetime | None
    failures: int = Field(description="in a row")
    retry_at: AwareDatetime | None = Field(description="nothing is sent before")
    success_rate: float | None = Field(description="of the requests of the last 24 hours, from 0 to 1")
    requests: int = Field(description="in the last 24 hours")
    p95_milliseconds: int | None
    per_hour: list[HourShape] = Field(description="the last 24 hours, the present one last")

    @classmethod
    def of(cls, status: ConnectorStatus) -> ConnectorShape:
        """As it stands."""
        told = {name: getattr(status.connector, name) for name in OF_THE_ROW}
        told |= {name: getattr(status, name) for name in OF_THE_STATUS}
        figures = status.figures
        told |= {"success_rate": figures.success_rate, "requests": figures.requests}
        told |= {"p95_milliseconds": figures.p95_milliseconds}
        return cls(**told, per_hour=[HourShape(begins=begins, events=count) for begins, count in figures.per_hour])


class ConnectorList(BaseModel):
    """All connectors."""

    items: list[ConnectorShape]


class ConnectorPath(BaseModel):
    """A connector by its name."""

    name: str = Field(max_length=60)


class ConnectorEventPath(ConnectorPath):
    """An event of the ledger at a connector."""

    sequence: int = Field(ge=1, le=2**31 - 1)


class ReceiptPath(BaseModel):
    """What became of an event at a connector."""

    receipt_id: UUID


class DifferencePath(BaseModel):
    """A difference between the ledger and a platform."""

    difference_id: UUID


class OpenEventShape(BaseModel):
    """An event that the platform does not have."""

    receipt_id: UUID
    sequence: int
    kind: str
    state: str
    refused_for: str | None
    attempts: int
    identifiers: list[str]
    event_ids: list[str]
    waits_for: int | None = Field(description="ledger sequence of the event that holds this one back")
    next_attempt_at: AwareDatetime | None
    answer: str | None

    @classmethod
    def of(cls, item: OpenEvent) -> OpenEventShape:
        """As it waits."""
        told = ("refused_for", "state", "attempts", "identifiers", "event_ids", "next_attempt_at", "answer")
        receipt = item.receipt
        return cls(
            receipt_id=receipt.id,
            sequence=receipt.event_sequence,
            kind=item.event.kind,
            waits_for=item.waits_for,
            **{name: getattr(receipt, name) for name in told},
        )


class ConnectorDetail(ConnectorShape):
    """A connector with its settings and the events its platform does not have, refused ones first."""

    settings: dict[str, Any] = Field(description="names of variables and files stand for secrets")
    open_events: list[OpenEventShape]


class AlarmShape(BaseModel):
    """Something at a connector that needs a person."""

    connector: str
    kind: str = Field(description="credentials, configuration, paused, silent, oldest, refused, differences or clock")
    level: Literal["warn", "bad"]
    since: AwareDatetime | None
    text: str

    @classmethod
    def of(cls, alarm: Alarm, text: str) -> AlarmShape:
        """An alarm with its words in the reader's language."""
        name = alarm.connector.name
        return cls(connector=name, kind=alarm.kind, level=alarm.level, since=alarm.since, text=text)


class AlarmList(BaseModel):
    """All alarms, the bad ones first. `level` is the worst of them: none, warn or bad."""

    level: Literal["none", "warn", "bad"]
    items: list[AlarmShape]


class ExchangeQuery(BaseModel):
    """Requests of one outcome, made before a moment, the newest first."""

    outcome: str = Field("", max_length=16)
    before: AwareDatetime | None = None
    limit: int = Field(50, ge=1, le=500)


class ExchangeShape(BaseModel):
    """A request and its answer, masked."""

    at: AwareDatetime
    purpose: str
    outcome: str
    method: str
    url: str
    status: int | None
    milliseconds: int
    events: int
    sent_bytes: int
    request: str | None
    answer: str | None

    @classmethod
    def of(cls, row: Exchange) -> ExchangeShape:
        """As it was kept."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ExchangeList(BaseModel):
    """Requests, the newest first."""

    items: list[ExchangeShape]


class TimelineShape(BaseModel):
    """An event at a connector; `state` is null where it was not looked at yet."""

    sequence: int
    kind: str
    receipt_id: UUID | None
    state: str | None
    refused_for: str | None
    answer: str | None
    attempts: int
    next_attempt_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    waits_for: list[int] = Field(description="what it waits for, what that waits for, and so on")
    exchanges: list[ExchangeShape]

    @classmethod
    def of(cls, story: EventTimeline) -> TimelineShape:
        """The story so far."""
        receipt = story.receipt
        told = ("state", "refused_for", "answer", "next_attempt_at", "delivered_at")
        return cls(
            sequence=story.event.sequence,
            kind=story.event.kind,
            receipt_id=receipt.id if receipt else None,
            attempts=receipt.attempts if receipt else 0,
            waits_for=list(story.waits_for),
            exchanges=[ExchangeShape.of(row) for row in story.tries],
            **{name: getattr(receipt, name) if receipt else None for name in told},
        )


class DifferenceShape(BaseModel):
    """An event that one side has and the other has not."""

    id: UUID
    day: date
    event_id: str
    event_sequence: int | None
    side: Literal["ours", "theirs"]
    found_at: AwareDatetime
    settled_at: AwareDatetime | None
    settled_by: str | None
    settlement: str | None


class DifferenceList(BaseModel):
    """Differences, open ones first."""

    items: list[DifferenceShape]


class DryRequestShape(BaseModel):
    """A request as it would go out, masked; `body` as text."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    signed_text: str
    about: str
    ids: list[str]


class MissingShape(BaseModel):
    """A field that the platform would refuse."""

    about: str
    field: str
    source: str
    reason: str


class DryRunShape(BaseModel):
    """What would be sent of an event, and what is missing for it."""

    requests: list[DryRequestShape]
    missing: list[MissingShape]
    notes: list[str]

    @classmethod
    def of(cls, shown: DryRun) -> DryRunShape:
        """As text."""
        requests = [
            DryRequestShape(
                method=sent.method,
                url=sent.url,
                headers=dict(sent.headers),
                body=sent.body.decode("utf-8", "replace"),
                signed_text=sent.signed_text,
                about=sent.about,
                ids=list(sent.ids),
            )
            for sent in shown.requests
        ]
        missing = [
            MissingShape(**{name: str(getattr(item, name)) for name in MissingShape.model_fields})
            for item in shown.missing
        ]
        return cls(requests=requests, missing=missing, notes=list(map(str, shown.notes)))


class CommandBody(Command):
    """No more than the command's own id."""


class ReasonBody(Command):
    """Why."""

    reason: str = Field(min_length=2, max_length=300)


class PauseBody(Command):
    """Why, if somebody wants to say."""

    reason: str = Field("", max_length=300)


class ChangeBody(Command):
    """Another address or other settings; what is not given stays."""

    url: str | None = Field(None, max_length=300)
    settings: dict[str, Any] | None = None


class GroupBody(Command):
    """Refused (or waiting) events that are alike."""

    state: Literal["refused", "waiting"] = "refused"
    refused_for: str | None = Field(None, max_length=10)
    answer: str | None = Field(None, max_length=2000, description="the platform's words, exactly")
    kind: str | None = Field(None, max_length=60)
    cause: str | None = Field(None, max_length=2000, description="the platform's words with # for numbers and serials")


class SkipGroupBody(GroupBody):
    """The same, and why they are skipped or written anew."""

    reason: str = Field(min_length=2, max_length=300)


class ReplayBody(Command):
    """What is sent again; what is given together is meant together."""

    element_serial: int | None = Field(None, ge=1, le=2**38)
    project_code: str | None = Field(None, max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    states: tuple[SentState, ...] = ("delivered", "refused", "skipped")
    everything: bool = False
    reason: str = Field("", max_length=300)


class PreviewShape(BaseModel):
    """What a replay would do; nothing was changed."""

    events: int
    states: dict[str, int]
    first: list[int] = Field(description="the first of them, by ledger sequence")

    @classmethod
    def of(cls, preview: ReplayPreview) -> PreviewShape:
        """The counts."""
        return cls(events=preview.events, states=preview.states, first=[item.sequence for item in preview.first])


class SettleBody(Command):
    """What is behind a difference, and what was done; `send_again`: the event goes out once more."""

    settlement: str = Field(min_length=2, max_length=300)
    send_again: bool = False
