"""Lines, working hours and routes as a plant describes them in YAML."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mes.library.atlas import Family

PLANTS = Path(__file__).with_name("plants")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Kind = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=30)]
Window = tuple[int, int, int]
"""Weekday (0 is Monday), start and end as minutes of the day."""


class _Description(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _read_windows(value: Any) -> Any:
    """`{mon-sat: ["07:30-11:30"]}` as windows; a list of windows is left as it is."""
    if not isinstance(value, dict):
        return value
    return sorted(
        (day, *_hours(hours)) for days, entries in value.items() for day in _days(str(days)) for hours in entries
    )


def _days(text: str) -> range:
    first, _, last = text.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        raise ValueError(f"{text!r} names no days of the week (such as mon-sat)")
    return range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)


def _hours(text: str) -> tuple[int, int]:
    start, _, end = str(text).partition("-")
    return _minute_of_day(start), _minute_of_day(end)


def _minute_of_day(text: str) -> int:
    hour, separator, minute = text.strip().partition(":")
    if not (separator and hour.isdigit() and minute.isdigit() and int(minute) < 60):
        raise ValueError(f"{text!r} is not a time of day (such as 07:30)")
    return int(hour) * 60 + int(minute)


class CalendarDescription(_Description):
    """Working hours of a week, in the factory's zone; `closed_days` are dates on which nobody works."""

    code: str = Field(min_length=1, max_length=30)
    name: str = Field(max_length=80)
    windows: Annotated[tuple[Window, ...], BeforeValidator(_read_windows)]
    closed_days: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _windows_are_apart(self) -> CalendarDescription:
        for day, start, end in self.windows:
            if not (0 <= day <= 6 and 0 <= start < end <= 1440):
                raise ValueError(f"the window {(day, start, end)} of calendar {self.code} is not within a day")
        ordered = sorted(self.windows)
        for before, after in pairwise(ordered):
            if before[0] == after[0] and after[1] < before[2]:
                raise ValueError(f"windows of calendar {self.code} overlap")
        return self


class StationDescription(_Description):
    """A station; `kind` is also its machine's name on the line (`<line>/<kind>`)."""

    kind: Kind
    name: str = Field(max_length=80)
    work: Literal["pausable", "unsplittable", "unattended"]
    calendar: str | None = None
    capacity: int = Field(default=1, ge=1, le=10_000)
    buffer_after: int = Field(default=0, ge=0, le=10_000)
    order: Literal["fifo", "any"] = "fifo"

    @model_validator(mode="after")
    def _people_need_hours(self) -> StationDescription:
        if self.work != "unattended" and self.calendar is None:
            raise ValueError(f"station {self.kind} needs a calendar, because people work there")
        return self


class PalletSize(_Description):
    """Size and limit of a line's pallets: millimetres and kilograms."""

    length_mm: int = Field(gt=0)
    width_mm: int = Field(gt=0)
    max_load_kg: int = Field(gt=0)


class PalletNumbers(_Description):
    """The numbers painted on the line's pallets."""

    first: int = Field(ge=1, le=65535)
    last: int = Field(ge=1, le=65535)


class MaxWaitDescription(_Description):
    """At most `minutes` between the end at one station and the start at a later one."""

    from_kind: Kind = Field(alias="from")
    to_kind: Kind = Field(alias="to")
    minutes: int = Field(ge=0)


class LineDescription(_Description):
    """A line with its stations in order."""

    code: str = Field(min_length=1, max_length=20)
    name: str = Field(max_length=80)
    families: tuple[Family, ...]
    pallet: PalletSize
    pallets: PalletNumbers
    max_waits: tuple[MaxWaitDescription, ...] = ()
    stations: tuple[StationDescription, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_hold(self) -> LineDescription:
        kinds = [station.kind for station in self.stations]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"line {self.code} has a kind of station twice")
        for wait in self.max_waits:
            if wait.from_kind not in kinds or wait.to_kind not in kinds:
                raise ValueError(f"a wait of line {self.code} names a station that it has not")
        if self.pallets.last < self.pallets.first:
            raise ValueError(f"the pallets of line {self.code} end before they begin")
        return self


class PlantDescription(_Description):
    """Everything that planning must know of a plant. `routes`: family → station kind → (base, per m²) minutes."""

    calendars: tuple[CalendarDescription, ...]
    lines: tuple[LineDescription, ...]
    routes: dict[Family, dict[Kind, tuple[int, float]]]

    @model_validator(mode="after")
    def _calendars_exist(self) -> PlantDescription:
        known = {calendar.code for calendar in self.calendars}
        for line in self.lines:
            for station in line.stations:
                if station.calendar is not None and station.calendar not in known:
                    raise ValueError(f"station {station.kind} of line {line.code} names an unknown calendar")
        return self


def read_plant(name: str = "demo") -> PlantDescription:
    """A plant's description from `plants/<name>.yaml`; raises pydantic's `ValidationError` where it is not sound."""
    text = (PLANTS / f"{name}.yaml").read_text(encoding="utf-8")
    return PlantDescription.model_validate(yaml.safe_load(text))
