"""Moments in the forms that platforms write them in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

_SIGNS = re.compile(r"%(3f|.)")
_KNOWN = {*"YymdHMSjfz%", "3f"}


def require_date_form(form: str) -> str:
    """A form of dates that means the same on every machine.

    Raises:
        ValueError: neither `s`, `ms` nor `iso`, nor a pattern of %Y %y %m %d %H %M %S %f %3f %j %z.
    """
    if form in ("s", "ms", "iso"):
        return form
    signs = set(_SIGNS.findall(form))
    if not signs or signs - _KNOWN:
        raise ValueError(
            f"{form!r} is no form of a date: s, ms, iso, or a pattern of %Y %y %m %d %H %M %S %f %3f %j %z"
        )
    return form


def read_moment(value: Any) -> datetime:
    """A moment as the ledger writes one: ISO 8601 with a zone.

    Raises:
        ValueError: it is not one.
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no moment")
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return moment


def write_moment(moment: datetime, form: str, zone: ZoneInfo) -> str | int:
    """The moment in a form; numbers for `s` and `ms`. `%3f` are milliseconds, `%z` is +0800."""
    if form in ("s", "ms"):
        whole = int(moment.astimezone(UTC).timestamp())
        return whole if form == "s" else whole * 1000 + moment.microsecond // 1000
    local = moment.astimezone(zone)
    if form == "iso":
        return local.isoformat(timespec="seconds")
    return local.strftime(form.replace("%3f", f"{moment.microsecond // 1000:03d}"))
