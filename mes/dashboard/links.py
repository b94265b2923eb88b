"""Where a tile leads: the page of the room that looks after it, if the reader may open it."""

from __future__ import annotations

from flask import current_app, url_for

from mes.core import web


def link(endpoint: str, **values: object) -> str:
    """The address of a page, or nothing for a reader who may not open it."""
    needed = getattr(current_app.view_functions[endpoint], "permission", "")
    return url_for(endpoint, **values) if not needed or web.actor().may(needed) else ""  # type: ignore[arg-type]
