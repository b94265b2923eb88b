"""Pages of the room: daily tracking, key figures, the wall screen"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("dashboard", __name__, url_prefix="/dashboard")
