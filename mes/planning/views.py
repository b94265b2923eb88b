"""Pages of the room: plans, the Gantt chart, pallets"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("planning", __name__, url_prefix="/planning")
