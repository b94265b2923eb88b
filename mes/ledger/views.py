"""Pages of the room: the event ledger"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("ledger", __name__, url_prefix="/ledger")
