"""Pages of the room: component types."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from mes.core import navigation, web
from mes.core.errors import MesError
from mes.core.text import N_
from mes.library import queries
from mes.library.atlas import parse_type_code
from mes.library.drawing import elevation
from mes.library.families import FAMILY_NAMES
from mes.library.service import describe_atlas_type

pages = Blueprint("library", __name__, url_prefix="/library")
navigation.add_page(N_("Component library"), "library.index", "books", "library:read", 300, "planner inspector admin")
navigation.add_page(N_("Component library"), "library.index", "books", "library:read", 350, "quality_manager")


@pages.get("/")
@web.permission("library:read")
def index() -> str:
    """Every component type, and a field that explains a type code."""
    family, text = request.args.get("family", ""), request.args.get("text", "").strip()[:60]
    found = queries.component_types(web.reading(), family, text)
    counts: dict[str, int] = {}
    for kind in queries.component_types(web.reading()):
        counts[kind.family] = counts.get(kind.family, 0) + 1
    return render_template(
        "library/index.html", types=found, family=family, text=text, counts=counts, family_names=FAMILY_NAMES
    )


@pages.get("/types/<path:type_code>")
@web.permission("library:read")
def show(type_code: str) -> str:
    """One type with its drawing and revisions."""
    found = queries.revisions(web.reading(), type_code)
    return render_template(
        "library/type.html",
        kind=found[0],
        revisions=found,
        drawing=elevation(found[0]),
        assumptions=queries.assumptions(found[0]),
        family_names=FAMILY_NAMES,
    )


@pages.get("/explain")
@web.permission("library:read")
def explain() -> str | Response:
    """What a code of the national atlas means."""
    code = request.args.get("code", "").strip()[:60]
    try:
        found = parse_type_code(code) if code else None
    except MesError as error:
        page = render_template("library/explain.html", code=code, kind=None, error=error, family_names=FAMILY_NAMES)
        return Response(page, status=error.status)
    described = describe_atlas_type(found) if found else None
    return render_template(
        "library/explain.html",
        code=code,
        kind=described,
        atlas_type=found,
        drawing=elevation(described) if described else "",
        error=None,
        family_names=FAMILY_NAMES,
    )
