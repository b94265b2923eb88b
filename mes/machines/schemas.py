"""Shapes of the machines' API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.core.paging import Page, PageQuery
from mes.machines.service.soundness import PossibleTime


class _Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MachineQuery(PageQuery):
    """Machines of one line only; those that no gateway serves any more are left out unless asked for."""

    line: str | None = Field(None, max_length=20, description="code of a line")
    withdrawn: bool = Field(False, description="also those that no gateway serves any more")


class MachineShape(_Row):
    """A machine as it was announced, and how it is with the way to it."""

    device: str
    gateway: str
    line_code: str
    station_code: str
    profile: str
    machine_class: str
    manufacturer: str
    model: str
    protocol: str
    points: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    commands: list[dict[str, Any]]
    state: str
    state_since: datetime
    reason: str | None
    last_heard: datetime | None
    figures: dict[str, Any]
    commands_on: bool
    ideal_minutes: float | None
    announced_at: datetime
    withdrawn_at: datetime | None


class GatewayShape(_Row):
    """A gateway, when it was heard last, and how much it holds back."""

    code: str
    announced_at: datetime
    last_seen_at: datetime
    waiting: int
    dropped: int
    faults: list[str]


class DeviceQuery(PageQuery):
    """One device's."""

    device: str = Field(max_length=60, description="name of a device, such as SL/casting")


class PointShape(_Row):
    """The latest value of a point."""

    device: str
    point: str
    value: Any
    unit: str | None
    quality: str
    source_time: datetime
    received_at: datetime


class IntervalQuery(DeviceQuery):
    """Intervals that touch a time."""

    since: PossibleTime | None = None
    until: PossibleTime | None = None


class IntervalShape(_Row):
    """A time in which a machine was in one state; `ended_at` is null while it still is."""

    id: UUID
    device: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    pallet: int | None
    reason_code: str | None
    note: str | None
    named_by: str | None
    named_at: datetime | None


class MeasurementQuery(IntervalQuery):
    """Values of one point, from `since` up to but without `until`."""

    point: str = Field(max_length=60)


class MeasurementShape(_Row):
    """A value as it was reported."""

    time: datetime
    value: float


class MinuteShape(_Row):
    """The values of a minute in short; their mean is `total / count`."""

    minute: datetime
    count: int
    low: float
    high: float
    total: float
    last: float


class AlarmQuery(PageQuery):
    """Alarms of one device, or only those that stand."""

    device: str | None = Field(None, max_length=80)
    standing: bool = False


class AlarmShape(_Row):
    """A time in which an alarm stood."""

    id: UUID
    device: str
    code: str
    severity: str
    text: dict[str, str]
    raised_at: datetime
    cleared_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None


class AskedQuery(PageQuery):
    """Commands to one device, or of one outcome."""

    device: str | None = Field(None, max_length=60)
    outcome: Literal["asked", "sent", "done", "refused", "unknown"] | None = None


class AskedShape(_Row):
    """What a person asked a machine to do, and how it ended."""

    id: UUID
    device: str
    point: str
    value: Any
    outcome: str
    note: str
    asked_at: datetime
    asked_by: str
    sent_at: datetime | None
    done_at: datetime | None
    error: str | None
    resolved_by: str | None
    resolved_at: datetime | None
    resolution: str | None


class AskedPath(BaseModel):
    """Names a machine command."""

    machine_command_id: UUID


class MachinePage(Page[MachineShape]):
    """A page of machines, by name."""


class GatewayPage(Page[GatewayShape]):
    """A page of gateways, by code."""


class PointPage(Page[PointShape]):
    """A page of latest values, by the point's name."""


class IntervalPage(Page[IntervalShape]):
    """A page of state intervals, oldest first."""


class MeasurementPage(Page[MeasurementShape]):
    """A page of values, oldest first."""


class MinutePage(Page[MinuteShape]):
    """A page of minutes, oldest first."""


class AlarmPage(Page[AlarmShape]):
    """A page of alarms, by id (oldest first)."""


class AskedPage(Page[AskedShape]):
    """A page of commands, by id (oldest first)."""
