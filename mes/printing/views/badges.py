"""Badges, from the list of people."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.printing.service.badges import IssueBadge, issue_badge
from mes.printing.views.queue import made
from mes.printing.views.room import language, pages


@pages.post("/badges/<uuid:person_id>")
@web.permission("account:write")
def issue_badge_of(person_id: UUID) -> Response | WerkzeugResponse:
    """A fresh badge for somebody, printed at once."""
    given = {
        "command_id": web.form_command_id(),
        "person_id": person_id,
        "language": language(),
        "station": request.form.get("station", ""),
        "public_url": web.settings().effective_public_url,
    }
    return made(web.perform(issue_badge, IssueBadge.model_validate(given)))
