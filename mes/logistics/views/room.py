"""The room's pages share this blueprint."""

from __future__ import annotations

from flask import Blueprint, request

from mes.core import web
from mes.core.errors import MesError

pages = Blueprint("logistics", __name__)


def field_errors(error: MesError | None) -> dict[str, list[str]]:
    """What is wrong with each field of a form, in the reader's words."""
    errors: dict[str, list[str]] = {}
    for fault in error.faults if error else ():
        errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
    return errors


def page_number() -> int:
    """The page of a list that was asked for."""
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)  # beyond, no database counts
