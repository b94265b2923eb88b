"""Pages: the register of moulds and of pallets, one of each, and the import of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse

from labels import Scan
from mes.core import navigation, scanning, web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_
from mes.formwork import queries, service
from mes.formwork.queries import MouldRow, PalletRow, Wanted, standing_word
from mes.formwork.workbook import FormworkList, read_list, write_template
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.queries import latest_events_of
from mes.library import service as moulds
from mes.library.families import FAMILY_NAMES
from mes.library.models import ComponentType, Mould
from mes.library.mould_codes import mould_coded
from mes.library.service_life import STATE_NAMES
from mes.planning import pallets
from mes.planning.models import Line, Pallet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_TYPES = 500
LIFE_SHOWN = 60
NUMBERS = {"length_mm": None, "width_mm": None, "height_mm": None, "casts": 0, "casts_between_maintenance": 200}
STANDING_NAMES = {
    "accepted": N_("Accepted"),
    "refused": N_("Refused"),
    "due": N_("Due again"),
    "never": N_("Not inspected"),
}
Answered = Response | WerkzeugResponse | str

pages = Blueprint("formwork", __name__)
for order, roles in ((305, "planner inspector admin"), (352, "quality_manager"), (342, "operator")):
    navigation.add_page(N_("Moulds and pallets"), "formwork.moulds_index", "box", "mould:read", order, roles)


@pages.get("/moulds")
@web.permission("mould:read")
def moulds_index() -> str:
    """The register of moulds."""
    session, wanted, page = web.reading(), _wanted(), _page_number()
    rows, total = queries.moulds(session, wanted, page)
    return render_template(
        "formwork/moulds.html",
        rows=rows,
        **_register_words(wanted, page, total, Mould),
        tabs_of_room=_tabs("moulds"),
    )


@pages.get("/pallets")
@web.permission("line:read")
def pallets_index() -> str:
    """The register of pallets."""
    session, wanted, page = web.reading(), _wanted(), _page_number()
    rows, total = queries.pallets(session, wanted, page)
    return render_template(
        "formwork/pallets.html",
        rows=rows,
        lines=_lines(),
        values={},
        errors={},
        **_register_words(wanted, page, total, Pallet),
        tabs_of_room=_tabs("pallets"),
    )


@pages.route("/moulds/new", methods=["GET", "POST"])
@web.permission("mould:write")
def new_mould() -> Answered:
    """Enter a mould into the register."""
    if request.method == "GET":
        return _mould_form(None, {})
    try:
        command = moulds.RegisterMould.model_validate(_typed("code", "family"))
        done = web.perform(moulds.register_mould, command)
    except (MesError, ValidationError) as error:
        return _mould_form_again(None, error)
    flash(web.gettext(N_("Mould %(code)s is registered"), code=done.code), "good")
    return redirect(url_for("formwork.mould", code=done.code), 303)


@pages.route("/moulds/import", methods=["GET", "POST"])
@web.permission("mould:write")
def import_page() -> Answered:
    """Check a list wholly, then enter it wholly; with faults nothing is written and every one is listed."""
    if request.method == "GET":
        return render_template("formwork/import.html", name="", found=None, error=None)
    file = request.files.get("workbook")
    if file is None or not file.filename:
        flash(web.gettext(N_("Choose a workbook first")), "warn")
        return redirect(url_for("formwork.import_page"), 303)
    command_id = web.form_command_id()
    found = read_list(web.reading(), file.read())
    if found.errors:
        return _refused_list(file.filename, found, None)
    if found.is_empty:
        flash(web.gettext(N_("All of it is in the register already; nothing was changed")), "info")
        return redirect(url_for("formwork.moulds_index"), 303)
    try:
        done = web.perform(service.import_formwork, found.command(command_id))
    except MesError as error:
        return _refused_list(file.filename, found, error)
    message = N_("Entered %(moulds)s moulds and %(pallets)s pallets")
    flash(web.gettext(message, moulds=done.moulds, pallets=done.pallets), "good")
    return redirect(url_for("formwork.moulds_index" if done.moulds else "formwork.pallets_index"), 303)


@pages.get("/moulds/template.xlsx")
@web.permission("mould:read")
def template() -> Response:
    """The blank list in the reader's language."""
    content = write_template(web.locale(), [line.code for line in _lines()])
    headers = {"Content-Disposition": "attachment; filename=moulds-and-pallets.xlsx"}
    return Response(content, mimetype=XLSX, headers=headers)


@pages.post("/moulds/tell")
@web.permission("mould:write")
def tell() -> WerkzeugResponse:
    """Tell platforms of the pieces that were there before the register."""
    done = web.perform(service.tell_formwork, service.TellFormwork(command_id=web.form_command_id()))
    message = N_("The ledger tells of %(moulds)s moulds and %(pallets)s pallets now")
    flash(web.gettext(message, moulds=done.moulds, pallets=done.pallets), "good")
    return redirect(url_for("formwork.moulds_index"), 303)


@pages.get("/moulds/<path:code>")
@web.permission("mould:read")
def mould(code: str) -> str:
    """One mould: what it is, how it stands, its life."""
    return _mould_page(code)


@pages.route("/moulds/<path:code>/edit", methods=["GET", "POST"])
@web.permission("mould:write")
def edit_mould(code: str) -> Answered:
    """Describe a mould anew."""
    row = queries.mould(web.reading(), code)
    if request.method == "GET":
        return _mould_form(row, _facts_of(row))
    try:
        typed = {**_typed("expected_version"), "newest_revision": bool(request.form.get("newest_revision"))}
        done = web.perform(moulds.amend_mould, moulds.AmendMould.model_validate({**typed, "code": row.mould.code}))
    except (MesError, ValidationError) as error:
        return _mould_form_again(queries.mould(web.reading(), code), error)
    message = N_("Mould %(code)s is described anew") if done.changed else N_("Nothing was changed")
    flash(web.gettext(message, code=done.code), "good" if done.changed else "info")
    return redirect(url_for("formwork.mould", code=done.code), 303)


@pages.post("/moulds/<path:code>/retire")
@web.permission("mould:write")
def retire_mould(code: str) -> Answered:
    """Take a mould out of service."""
    try:
        web.perform(moulds.retire_mould, moulds.RetireMould.model_validate({"code": code, **_leaving()}))
    except (MesError, ValidationError) as error:
        return Response(_mould_page(code, _in_words(error)), status=_status(error))
    return redirect(url_for("formwork.mould", code=code), 303)


@pages.post("/moulds/<path:code>/return")
@web.permission("mould:write")
def return_mould(code: str) -> Answered:
    """Put a mould back into service."""
    try:
        web.perform(moulds.return_mould, moulds.ReturnMould.model_validate({"code": code, **_coming_back()}))
    except (MesError, ValidationError) as error:
        return Response(_mould_page(code, _in_words(error)), status=_status(error))
    return redirect(url_for("formwork.mould", code=code), 303)


@pages.post("/pallets")
@web.permission("line:write")
def new_pallet() -> Answered:
    """Enter a pallet into the register."""
    try:
        typed = {name: request.form.get(name, "") for name in ("command_id", "number", "line", "remark")}
        done = web.perform(pallets.register_pallet, pallets.RegisterPallet.model_validate(typed))
    except (MesError, ValidationError) as error:
        return _pallets_again(error)
    flash(web.gettext(N_("Pallet %(number)s is registered"), number=done.number), "good")
    return redirect(url_for("formwork.pallet", number=done.number), 303)


@pages.get("/pallets/<int:number>")
@web.permission("line:read")
def pallet(number: int) -> str:
    """One pallet: how it stands, its life."""
    return _pallet_page(number)


@pages.post("/pallets/<int:number>/edit")
@web.permission("line:write")
def edit_pallet(number: int) -> Answered:
    """Move a pallet to another line, or note something of it."""
    try:
        typed = {name: request.form.get(name, "") for name in ("command_id", "line", "remark", "expected_version")}
        web.perform(pallets.amend_pallet, pallets.AmendPallet.model_validate({"number": number, **typed}))
    except (MesError, ValidationError) as error:
        return Response(_pallet_page(number, _in_words(error)), status=_status(error))
    return redirect(url_for("formwork.pallet", number=number), 303)


@pages.post("/pallets/<int:number>/retire")
@web.permission("line:write")
def retire_pallet(number: int) -> Answered:
    """Take a pallet out of service."""
    try:
        web.perform(pallets.retire_pallet, pallets.RetirePallet.model_validate({"number": number, **_leaving()}))
    except (MesError, ValidationError) as error:
        return Response(_pallet_page(number, _in_words(error)), status=_status(error))
    return redirect(url_for("formwork.pallet", number=number), 303)


@pages.post("/pallets/<int:number>/return")
@web.permission("line:write")
def return_pallet(number: int) -> Answered:
    """Put a pallet back into service."""
    try:
        web.perform(pallets.return_pallet, pallets.ReturnPallet.model_validate({"number": number, **_coming_back()}))
    except (MesError, ValidationError) as error:
        return Response(_pallet_page(number, _in_words(error)), status=_status(error))
    return redirect(url_for("formwork.pallet", number=number), 303)


@scanning.leads_to("unknown")
def _typed_code(scan: Scan) -> str | None:
    """A mould's code typed by hand."""
    found = mould_coded(web.reading(), scan.text) if web.actor().may("mould:read") else None
    return url_for("formwork.mould", code=found.code) if found else None


# What pages are made of.


def _mould_page(code: str, error: str = "") -> str:
    session = web.reading()
    row = queries.mould(session, code)
    return render_template(
        "formwork/mould.html",
        row=row,
        events=latest_events_of(session, moulds.mould_subject(row.mould), LIFE_SHOWN),
        **_piece_words(row, error),
    )


def _pallet_page(number: int, error: str = "") -> str:
    session = web.reading()
    row = queries.pallet(session, number)
    return render_template(
        "formwork/pallet.html",
        row=row,
        lines=_lines(),
        events=latest_events_of(session, f"pallet:{row.pallet.number}", LIFE_SHOWN),
        **_piece_words(row, error),
    )


def _pallets_again(error: MesError | ValidationError) -> Response:
    session, wanted = web.reading(), Wanted()
    rows, total = queries.pallets(session, wanted)
    page = render_template(
        "formwork/pallets.html",
        rows=rows,
        lines=_lines(),
        values=request.form,
        errors=_errors(error),
        **_register_words(wanted, 1, total, Pallet),
        tabs_of_room=_tabs("pallets"),
    )
    return Response(page, status=_status(error))


def _mould_form(
    row: MouldRow | None, values: Mapping[str, Any], errors: Mapping[str, list[str]] | None = None, error: str = ""
) -> str:
    session = web.reading()
    query = select(ComponentType.type_code).distinct().order_by(ComponentType.type_code).limit(MOST_TYPES)
    if row is not None:
        query = query.where(ComponentType.family == row.mould.family)
    return render_template(
        "formwork/mould_form.html",
        row=row,
        values=values,
        errors=errors or {},
        error=error,
        types=session.scalars(query).all(),
        family_options=_family_options(),
    )


def _mould_form_again(row: MouldRow | None, error: MesError | ValidationError) -> Response:
    errors = _errors(error)
    page = _mould_form(row, request.form, errors, "" if errors else _in_words(error))
    return Response(page, status=_status(error))


def _refused_list(name: str, found: FormworkList, error: MesError | None) -> Response:
    page = render_template("formwork/import.html", name=name, found=found, error=error)
    return Response(page, status=error.status if error else InvalidInput.status)


def _facts_of(row: MouldRow) -> dict[str, Any]:
    names = ("drawing_number", *NUMBERS, "maker", "remark")
    return {name: getattr(row.mould, name) for name in names} | {"type_code": row.made.type_code if row.made else ""}


def _typed(*further: str) -> dict[str, Any]:
    """A mould as it was typed; an empty number is left to what stands for none."""
    names = ("command_id", "type_code", "drawing_number", "maker", "remark", *further)
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in names}
    return typed | {name: request.form.get(name, "").strip() or blank for name, blank in NUMBERS.items()}


def _leaving() -> dict[str, Any]:
    form = request.form
    return {
        "command_id": form.get("command_id", ""),
        "reason": form.get("reason", ""),
        "for_good": form.get("for_good") == "yes",
    }


def _coming_back() -> dict[str, Any]:
    return {"command_id": request.form.get("command_id", ""), "remark": request.form.get("remark", "")}


def _wanted() -> Wanted:
    args = request.args
    state = args.get("state", "in_service")
    return Wanted(
        text=args.get("text", "").strip()[:60],
        state=state if state in STATE_NAMES else "",
        family=args.get("family", ""),
        line=args.get("line", ""),
        due=bool(args.get("due")),
    )


def _page_number() -> int:
    return min(max(1, request.args.get("page", 1, type=int)), 1_000_000)


def _lines() -> Sequence[Line]:
    return web.reading().scalars(select(Line).order_by(Line.code)).all()


def _family_options() -> list[tuple[str, str]]:
    return [(str(family), web.gettext(name)) for family, name in FAMILY_NAMES.items()]


def _tabs(present: str) -> list[dict[str, Any]]:
    named = (("moulds", N_("Moulds"), "mould:read"), ("pallets", N_("Pallets"), "line:read"))
    return [
        {"title": web.gettext(title), "url": url_for(f"formwork.{name}_index"), "active": name == present}
        for name, title, needed in named
        if web.actor().may(needed)
    ]


def _register_words(wanted: Wanted, page: int, total: int, piece: type[Mould] | type[Pallet]) -> dict[str, Any]:
    session = web.reading()
    return {
        "wanted": wanted,
        "page": page,
        "total": total,
        "page_size": queries.PAGE_SIZE,
        "counts": queries.state_counts(session, piece),
        "untold": queries.untold(session) if web.actor().may("mould:write") else (0, 0),
        **_words(),
    }


def _piece_words(row: MouldRow | PalletRow, error: str) -> dict[str, Any]:
    return {"kinds": EVENT_KINDS, "error": error, "standing": standing_word(row.standing), **_words()}


def _words() -> dict[str, Any]:
    return {
        "state_names": STATE_NAMES,
        "family_names": FAMILY_NAMES,
        "family_options": _family_options(),
        "line_options": [(line.code, line.name) for line in _lines()],
        "standing_names": STANDING_NAMES,
        "standing_word": standing_word,
    }


def _faults(error: MesError | ValidationError) -> Sequence[Fault]:
    return faults_of(error) if isinstance(error, ValidationError) else error.faults


def _errors(error: MesError | ValidationError) -> dict[str, list[str]]:
    """What is wrong, by field."""
    found: dict[str, list[str]] = {}
    for fault in _faults(error):
        found.setdefault(fault.where, []).append(web.in_words(fault.reason))
    return found


def _in_words(error: MesError | ValidationError) -> str:
    told = [web.in_words(fault.reason) for fault in _faults(error)]
    if isinstance(error, ValidationError):
        return " · ".join(told) or web.gettext(N_("Some fields are not right"))
    return web.in_words(error.reason)


def _status(error: MesError | ValidationError) -> int:
    return error.status if isinstance(error, MesError) else InvalidInput.status
