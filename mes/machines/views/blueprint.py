"""The room's blueprint, its places in the navigation, and what its pages share."""

from __future__ import annotations

import hashlib
from datetime import date

from flask import Blueprint, request, url_for

from mes.core import navigation, web
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.planning import queries as planning
from mes.planning.models import Line

FIRST_YEAR, LAST_YEAR = 1970, 9000  # outside of them a day may have no yesterday, or no tomorrow

pages = Blueprint("machines", __name__, url_prefix="/machines")
navigation.add_page(N_("Machines"), "machines.index", "cpu", "operation:read", 30, "operator")
navigation.add_page(N_("Machines"), "machines.index", "cpu", "operation:read", 235, "planner admin inspector")
navigation.add_page(N_("Machines"), "machines.index", "cpu", "operation:read", 345, "quality_manager")


def tabs(active: str) -> list[dict[str, object]]:
    """The room's pages as tabs."""
    titles = {
        "index": N_("Machines"),
        "board": N_("Line board"),
        "losses": N_("OEE and losses"),
        "stops": N_("Stops"),
    }
    return [
        {"title": web.gettext(title), "url": url_for(f"machines.{name}"), "active": name == active}
        for name, title in titles.items()
    ]


def all_lines() -> dict[str, Line]:
    """Every line by code."""
    return {line.code: line for line in planning.lines(web.reading())}


def asked_line(lines: dict[str, Line]) -> Line:
    """The line that the address asks for; the first one where it asks for none.

    Raises:
        NotFound: there is no such line, or no line at all.
    """
    code = request.args.get("line") or next(iter(lines), "")
    if code not in lines:
        raise NotFound(Text(N_("There is no line %(code)s"), {"code": code}))
    return lines[code]


def asked_day() -> date:
    """The day that the address asks for; today where it asks for none.

    Raises:
        InvalidInput: what is asked for is no date.
    """
    text = request.args.get("day", "").strip()
    if not text:
        return web.local_time(web.clock().now()).date()
    try:
        found = date.fromisoformat(text)
        if not FIRST_YEAR <= found.year < LAST_YEAR:
            raise ValueError(text)
    except ValueError as error:
        reason = Text(N_("a date such as 2026-12-05 is expected here"))
        raise InvalidInput(reason, [Fault("day", reason)]) from error
    return found


def digest(*facts: object) -> str:
    """A short name for what a page shows, to leave out answers that would say the same again."""
    return hashlib.sha256(repr((web.locale(), facts)).encode()).hexdigest()[:16]


def safe_back() -> str:
    """Where the reader came from, if that is a page of ours."""
    back = request.values.get("back", "")
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else ""
