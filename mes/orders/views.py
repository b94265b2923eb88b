"""Pages of the room: projects, orders, elements"""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("orders", __name__, url_prefix="/orders")
