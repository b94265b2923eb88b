"""Names of people in what is shown of a connector: whoever may mend it reads them, others do not."""

from __future__ import annotations

from typing import Any

from flask import g

from mes.core import web
from mes.traceability.platforms.masking import Masker
from mes.traceability.queries.persons import masker_of_names, without_names

MENDS = "connector:write"


def hidden(text: str | None) -> str:
    """A text as the present reader may see it."""
    return _masker().text(text or "")


def shown_to_reader(told: dict[str, Any]) -> dict[str, Any]:
    """An answer of the API as its caller may see it."""
    return without_names(told, _masker())  # type: ignore[no-any-return]


def _masker() -> Masker:
    if "names_hidden" not in g:
        g.names_hidden = Masker() if web.actor().may(MENDS) else masker_of_names(web.reading())
    return g.names_hidden  # type: ignore[no-any-return]
