"""Pages of the room: inspectors' forms, nonconformities, certificates"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("inspection", __name__, url_prefix="/inspection")
