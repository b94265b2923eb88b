"""One field on every page takes a scan and goes to the right place.

Rooms say where a kind of code leads; the room that registered last (the uppermost) is asked first.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from labels import LabelError, Scan, parse
from mes.core import web
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text

pages = Blueprint("scanning", __name__)

Target = Callable[[Scan], str | None]
_targets: list[tuple[str, Target]] = []


def leads_to(kind: str) -> Callable[[Target], Target]:
    """Register where codes of a kind (element, pallet, load, place, batch, person) lead; None asks the next room."""

    def register(target: Target) -> Target:
        _targets.insert(0, (kind, target))
        return target

    return register


def read_code(text: str) -> Scan:
    """What a scan says.

    Raises:
        InvalidInput: the code is damaged, such as one with a wrong check digit.
    """
    try:
        return parse(text.strip())
    except LabelError as error:
        message = N_("This code cannot be right: %(reason)s")
        raise InvalidInput(Text(message, {"reason": str(error)})) from error


@pages.get("/scan")
@web.permission("account:self")
def scan() -> Response:
    """Go to whatever was scanned or typed."""
    text = request.args.get("code", "").strip()
    found = read_code(text)
    for kind, target in _targets:
        if kind == found.kind:
            address = target(found)
            if address:
                return redirect(address, 303)
    raise NotFound(Text(N_("Nothing here is known as “%(code)s”"), {"code": text[:80]}))
