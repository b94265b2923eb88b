"""Pages of the room: component types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.library import queries
from mes.library.atlas import parse_type_code
from mes.library.bills import BillLine, SetBill, set_bill
from mes.library.drawing import elevation
from mes.library.families import FAMILY_NAMES
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS, unit_named, units_of
from mes.library.models import ComponentType
from mes.library.service import describe_atlas_type

pages = Blueprint("library", __name__, url_prefix="/library")
navigation.add_page(N_("Component library"), "library.index", "books", "library:read", 300, "planner inspector admin")
navigation.add_page(N_("Component library"), "library.index", "books", "library:read", 350, "quality_manager")

MATERIALS_OF_ELEMENTS = tuple(kind for kind in MATERIAL_KINDS if kind not in BATCH_KINDS)


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
    """One type with its drawing, revisions and bill."""
    return _type_page(type_code)


@pages.post("/types/<path:type_code>")
@web.permission("library:write")
def write_bill(type_code: str) -> Response | WerkzeugResponse:
    """What a piece of the newest revision takes; what was typed stays where it is refused."""
    kind = queries.revisions(web.reading(), type_code)[0]
    try:
        lines = tuple(
            BillLine.model_validate({"kind": material, "quantity": quantity, "unit": unit})
            for material, unit, quantity in _typed_bill(kind)
        )
        web.perform(set_bill, SetBill(command_id=web.form_command_id(), type_id=kind.id, lines=lines))
    except ValidationError as error:
        return Response(_type_page(type_code, [fault.reason for fault in faults_of(error)]), InvalidInput.status)
    except MesError as error:
        return Response(_type_page(type_code, [error.reason]), status=error.status)
    flash(web.gettext(N_("The bill of %(code)s is kept"), code=type_code), "good")
    return redirect(url_for("library.show", type_code=type_code), 303)


def _typed_bill(kind: ComponentType) -> Iterator[tuple[str, str, str]]:
    """Material, unit and amount of every field that was filled in."""
    units_kept = {line["kind"]: line["unit"] for line in kind.bill}
    for material in MATERIALS_OF_ELEMENTS:
        typed = request.form.get(f"quantity_{material}", "").strip().replace(",", ".")
        if typed:
            yield material, units_kept.get(material, units_of(material)[0].code), typed


def _type_page(type_code: str, errors: Sequence[Text] = ()) -> str:
    if errors:
        web.close_reading()
    found = queries.revisions(web.reading(), type_code)
    kept = {line["kind"]: line for line in found[0].bill}
    bill = [
        {
            "kind": material,
            "name": MATERIAL_KINDS[material],
            "unit": (unit_named(material, kept[material]["unit"]) if material in kept else None)
            or units_of(material)[0],
            "quantity": request.form.get(f"quantity_{material}", kept.get(material, {}).get("quantity", "")),
        }
        for material in MATERIALS_OF_ELEMENTS
    ]
    return render_template(
        "library/type.html",
        kind=found[0],
        revisions=found,
        drawing=elevation(found[0]),
        assumptions=queries.assumptions(found[0]),
        family_names=FAMILY_NAMES,
        bill=bill,
        errors=[web.in_words(error) for error in errors],
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
