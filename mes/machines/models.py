"""Gateways and the machines they announced, what these said, and what was written to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mes.core.database import Base, Identified, Json


class GatewaySeen(Base):
    """A gateway, when it was heard last, and how much it holds back."""

    __tablename__ = "gateway_seen"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    announced_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    waiting: Mapped[int] = mapped_column(default=0)  # readings that wait on its disk
    dropped: Mapped[int] = mapped_column(default=0)  # readings that gave way to newer ones since its disk was new
    faults: Mapped[list[Any]] = mapped_column(default=list)  # of its files, which it therefore does not use


class Machine(Base):
    """A device as its gateway announced it, and how it is with the way to it."""

    __tablename__ = "machine"

    device: Mapped[str] = mapped_column(String(60), primary_key=True)
    gateway: Mapped[str] = mapped_column(String(60), index=True)
    line_code: Mapped[str] = mapped_column(String(20), default="", index=True)
    station_code: Mapped[str] = mapped_column(String(40), default="")  # empty: no pallet passes through it
    profile: Mapped[str] = mapped_column(String(80), default="")
    machine_class: Mapped[str] = mapped_column(String(60), default="")
    manufacturer: Mapped[str] = mapped_column(String(80), default="")
    model: Mapped[str] = mapped_column(String(80), default="")
    protocol: Mapped[str] = mapped_column(String(20), default="")
    points: Mapped[list[Any]] = mapped_column(default=list)  # as announced, see the contract
    alarms: Mapped[list[Any]] = mapped_column(default=list)
    commands: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(12), default="connecting")  # connecting|connected|failed|quarantined
    state_since: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(300))
    last_heard: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)  # polls, late_polls, requests, failures, clock
    commands_on: Mapped[bool] = mapped_column(default=False)  # the house's own switch
    ideal_minutes: Mapped[float | None] = mapped_column(Float)  # a cycle at best; None: the station's planned time
    announced_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # its gateway no longer serves it


class MachinePoint(Base):
    """The latest value of a device's point, as the gateway delivered it."""

    __tablename__ = "machine_point"

    device: Mapped[str] = mapped_column(String(60), primary_key=True)
    point: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any | None] = mapped_column(Json)  # None while it was never read
    unit: Mapped[str | None] = mapped_column(String(20))
    quality: Mapped[str] = mapped_column(String(8))  # good | stale | bad
    source_time: Mapped[datetime]
    received_at: Mapped[datetime]


class MachineSignal(Base):
    """The id of a reading that was taken, so that a repeat changes nothing; forgotten after some days."""

    __tablename__ = "machine_signal"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # made by the gateway
    received_at: Mapped[datetime] = mapped_column(index=True)


class MachineCommand(Identified, Base):
    """Something the gateway is to write to a device: a release, once a load, or what a person asked for.

    With `once` it is handed to the gateway a single time, and its outcome may stay unknown until a person settles it.
    """

    __tablename__ = "machine_command"
    __table_args__ = (UniqueConstraint("device", "point", "load_id"),)

    device: Mapped[str] = mapped_column(String(60), index=True)
    point: Mapped[str] = mapped_column(String(60))
    value: Mapped[Any] = mapped_column(Json)
    load_id: Mapped[UUID | None] = mapped_column(ForeignKey("pallet_load.id"), index=True)
    once: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(String(8), default="asked", index=True)  # asked|sent|done|refused|unknown
    note: Mapped[str] = mapped_column(String(300), default="")  # why it was asked for
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[datetime | None]  # handed to the gateway
    done_at: Mapped[datetime | None]  # read back, or a person said that it took effect
    error: Mapped[str | None] = mapped_column(String(300))  # why it was refused, or is unknown
    resolved_by: Mapped[str | None] = mapped_column(String(80))  # who settled an unknown outcome
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(300))


class StateInterval(Identified, Base):
    """A time in which a machine was in one state: a PackML name, or `unknown` while it was not heard."""

    __tablename__ = "state_interval"
    __table_args__ = (
        UniqueConstraint("device", "started_at"),
        Index("ix_state_interval_device_ended_at", "device", "ended_at"),
    )

    device: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]  # by the machine's own time
    ended_at: Mapped[datetime | None]  # None: it still is
    pallet: Mapped[int | None]  # that stood in the machine
    told_again: Mapped[list[Any]] = mapped_column(default=list)  # when it said the same once more, for what comes late
    reason_code: Mapped[str | None] = mapped_column(String(40))  # why it stood, as a person named it
    note: Mapped[str | None] = mapped_column(String(300))
    named_by: Mapped[str | None] = mapped_column(String(80))
    named_at: Mapped[datetime | None]


class MachineMeasurement(Base):
    """A measured value as it was reported: changes beyond the point's dead-band."""

    __tablename__ = "machine_measurement"

    device: Mapped[str] = mapped_column(String(60), primary_key=True)
    point: Mapped[str] = mapped_column(String(60), primary_key=True)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float] = mapped_column(Float)


class MachineMinute(Base):
    """The measured values of one minute in short. Their mean is `total / count`."""

    __tablename__ = "machine_minute"

    device: Mapped[str] = mapped_column(String(60), primary_key=True)
    point: Mapped[str] = mapped_column(String(60), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)  # its beginning
    count: Mapped[int]
    low: Mapped[float] = mapped_column(Float)
    high: Mapped[float] = mapped_column(Float)
    total: Mapped[float] = mapped_column(Float)
    last: Mapped[float] = mapped_column(Float)
    last_at: Mapped[datetime]


class AlarmInterval(Identified, Base):
    """A time in which an alarm stood. `device` is a machine, or `gateway/CODE` for a fault of a gateway itself."""

    __tablename__ = "alarm_interval"
    __table_args__ = (
        Index("ix_alarm_interval_device_raised_at", "device", "raised_at"),
        Index("ix_alarm_interval_cleared_at", "cleared_at"),
    )

    device: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(8))  # warning | fault
    text: Mapped[dict[str, Any]]  # by language (zh, en), as announced when it was raised
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]  # None: it still stands
    seen_by: Mapped[str | None] = mapped_column(String(80))
    seen_at: Mapped[datetime | None]
