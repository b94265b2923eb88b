"""Pages of the room: station work lists for operators, machines"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("shopfloor", __name__, url_prefix="/shopfloor")
