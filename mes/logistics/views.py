"""Pages of the room: yard, deliveries, the site receiver's page"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("logistics", __name__, url_prefix="/logistics")
