"""What somebody looks at: type, mould, crew, line, shift, project, period. It stands in the address of every page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mes.core.clock import Clock
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.planning.working_time import at_local

DEFAULT_DAYS = 91
LONGEST_DAYS = 366 * 5


class StatisticsQuery(BaseModel):
    """Which inspections to count. Empty: all of them; the last 13 weeks where no period is named."""

    model_config = ConfigDict(populate_by_name=True)

    first: date | None = Field(None, alias="from", description="first day of inspection, such as 2026-11-01")
    last: date | None = Field(None, alias="to", description="last day of inspection")
    kind: Literal["final", "hidden_works"] = "final"
    family: str = Field("", max_length=30)
    type: str = Field("", max_length=60, description="type code")
    mould: str = Field("", max_length=40, description="code of a mould")
    pallet: str = Field("", pattern=r"^[0-9]{0,9}$", description="number of a pallet")
    crew: str = Field("", max_length=40, description="crew that cast")
    line: str = Field("", max_length=20, description="code of a line")
    shift: str = Field("", pattern=r"^([0-9]{4}-[0-9]{4})?$", description="shift of casting, such as 0730-1730")
    project: str = Field("", max_length=40, description="code of a project")

    @field_validator("*", mode="before")
    @classmethod
    def _holds_no_nul(cls, value: object) -> object:
        """PostgreSQL takes no such character in a text."""
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("a code holds no NUL character")
        return value


@dataclass(frozen=True)
class Chosen:
    """The same with a period: both days are part of it, in the factory's zone."""

    first: date
    last: date
    kind: str = "final"
    family: str = ""
    type: str = ""
    mould: str = ""
    pallet: str = ""
    crew: str = ""
    line: str = ""
    shift: str = ""
    project: str = ""

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the midnight that begins the first day to the one that ends the last."""
        midnight = datetime.min.time()
        return at_local(self.first, midnight, zone), at_local(self.last + timedelta(days=1), midnight, zone)

    def address(self, **changes: Any) -> dict[str, str]:
        """What to put into an address so that it shows the same, with changes (`first` and `last` as dates)."""
        other = replace(self, **changes)
        told = {"from": other.first.isoformat(), "to": other.last.isoformat()}
        if other.kind != "final":
            told["kind"] = other.kind
        names = ("family", "type", "mould", "pallet", "crew", "line", "shift", "project")
        return told | {name: value for name in names if (value := getattr(other, name))}


def chosen_by(query: StatisticsQuery, clock: Clock) -> Chosen:
    """The choice with its period filled in.

    Raises:
        InvalidInput: the period ends before it begins, or is longer than five years.
    """
    last = query.last or max(query.first or date.min, clock.now().astimezone(clock.zone).date())
    first = query.first or last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
    if last < first:
        reason = Text(N_("The last day lies before the first"))
        raise InvalidInput(reason, [Fault("to", reason)])
    if (last - first).days >= LONGEST_DAYS or last >= date(9000, 1, 1) or first < date(1900, 1, 1):
        reason = Text(N_("At most %(days)s days at once"), {"days": LONGEST_DAYS})
        raise InvalidInput(reason, [Fault("to", reason)])
    names = ("kind", "family", "type", "mould", "pallet", "crew", "line", "shift", "project")
    return Chosen(first, last, **{name: getattr(query, name).strip() for name in names})
