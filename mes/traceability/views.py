"""Pages of the room: connectors and the public trace page"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("traceability", __name__, url_prefix="/traceability")
