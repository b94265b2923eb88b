"""Pages of the room: component types and moulds"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("library", __name__, url_prefix="/library")
