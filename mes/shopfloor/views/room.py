"""The room's blueprint, its entries in the main navigation, its tabs, and how a live part is answered."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.planning.models import Station
from mes.shopfloor import queries

pages = Blueprint("shopfloor", __name__, url_prefix="/shopfloor")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 20, "operator")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 230, "planner admin")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 60, "inspector")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 340, "quality_manager")


def tabs(active: str) -> list[dict[str, object]]:
    """The room's three pages, each with what waits there."""
    session = web.reading()
    to_finish = sum(len(elements) for _, elements in queries.loads_to_finish(session))
    counts = {"index": None, "finishing": to_finish, "discrepancies": queries.discrepancy_count(session)}
    titles = {"index": N_("Stations"), "finishing": N_("Finishing"), "discrepancies": N_("Discrepancies")}
    return [
        {
            "title": web.gettext(titles[name]),
            "url": url_for(f"shopfloor.{name}"),
            "active": name == active,
            "count": count,
        }
        for name, count in counts.items()
    ]


def station_named(code: str) -> Station:
    found = queries.station_of(web.reading(), code)
    if found is None:
        raise NotFound(Text(N_("There is no station %(code)s"), {"code": code}))
    return found


def unless_seen(template: str, facts: dict[str, Any]) -> WerkzeugResponse:
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return make_response(render_template(template, **facts))


def digest(*facts: object) -> str:
    return hashlib.sha256(repr((web.locale(), facts)).encode()).hexdigest()[:16]
