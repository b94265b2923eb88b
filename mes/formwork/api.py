"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import select
from werkzeug.datastructures import FileStorage as UploadedFile

from mes.core import web
from mes.core.errors import Fault, InvalidInput
from mes.core.paging import paged
from mes.core.text import N_, Text
from mes.formwork import queries, service
from mes.formwork.schemas import (
    LeaveBody,
    ListUpload,
    MouldPage,
    MouldPath,
    MouldQuery,
    MouldShape,
    PalletPage,
    PalletPath,
    PalletQuery,
    PalletShape,
    ReturnBody,
)
from mes.formwork.workbook import read_list, refusals
from mes.library import service as moulds
from mes.library.models import Mould
from mes.planning import pallets
from mes.planning.models import Line, Pallet

api = APIBlueprint(
    "formwork_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="formwork")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/moulds", responses={200: MouldPage})
@web.permission("mould:read")
def list_moulds(query: MouldQuery) -> dict[str, Any]:
    """The register of moulds, by code."""
    session = web.reading()
    asked = queries.in_state(select(Mould), Mould, query.state)
    if query.family:
        asked = asked.where(Mould.family == query.family)
    rows, further = paged(session, asked, Mould.code, query)
    items = [MouldShape.of(row) for row in queries.mould_rows(session, rows)]
    return MouldPage(items=items, next=further).model_dump(mode="json")


@api.get("/moulds/<path:code>", responses={200: MouldShape})
@web.permission("mould:read")
def get_mould(path: MouldPath) -> dict[str, Any]:
    """One mould."""
    return _mould(path.code)


@api.post("/moulds", responses={200: MouldShape})
@web.permission("mould:write")
def register_mould(body: moulds.RegisterMould) -> dict[str, Any]:
    """Enter a mould into the register."""
    return _mould(web.perform(moulds.register_mould, body).code)


@api.post("/moulds/<path:code>/amend", responses={200: MouldShape})
@web.permission("mould:write")
def amend_mould(path: MouldPath, body: moulds.MouldDescribedAnew) -> dict[str, Any]:
    """Describe a mould anew, whole."""
    return _mould(web.perform(moulds.amend_mould, moulds.AmendMould(code=path.code, **body.model_dump())).code)


@api.post("/moulds/<path:code>/retire", responses={200: MouldShape})
@web.permission("mould:write")
def retire_mould(path: MouldPath, body: LeaveBody) -> dict[str, Any]:
    """Take a mould out of service, for a time or for good."""
    return _mould(web.perform(moulds.retire_mould, moulds.RetireMould(code=path.code, **body.model_dump())).code)


@api.post("/moulds/<path:code>/return", responses={200: MouldShape})
@web.permission("mould:write")
def return_mould(path: MouldPath, body: ReturnBody) -> dict[str, Any]:
    """Put a mould back into service."""
    return _mould(web.perform(moulds.return_mould, moulds.ReturnMould(code=path.code, **body.model_dump())).code)


@api.get("/pallets", responses={200: PalletPage})
@web.permission("line:read")
def list_pallets(query: PalletQuery) -> dict[str, Any]:
    """The register of pallets, by number."""
    session = web.reading()
    asked = queries.in_state(select(Pallet), Pallet, query.state)
    if query.line:
        asked = asked.where(Pallet.line_id.in_(select(Line.id).where(Line.code == query.line)))
    rows, further = paged(session, asked, Pallet.number, query)
    items = [PalletShape.of(row) for row in queries.pallet_rows(session, rows)]
    return PalletPage(items=items, next=further).model_dump(mode="json")


@api.get("/pallets/<int:number>", responses={200: PalletShape})
@web.permission("line:read")
def get_pallet(path: PalletPath) -> dict[str, Any]:
    """One pallet."""
    return _pallet(path.number)


@api.post("/pallets", responses={200: PalletShape})
@web.permission("line:write")
def register_pallet(body: pallets.RegisterPallet) -> dict[str, Any]:
    """Enter a pallet into the register."""
    return _pallet(web.perform(pallets.register_pallet, body).number)


@api.post("/pallets/<int:number>/amend", responses={200: PalletShape})
@web.permission("line:write")
def amend_pallet(path: PalletPath, body: pallets.PalletDescribedAnew) -> dict[str, Any]:
    """Move a pallet to another line, or note something of it."""
    done = web.perform(pallets.amend_pallet, pallets.AmendPallet(number=path.number, **body.model_dump()))
    return _pallet(done.number)


@api.post("/pallets/<int:number>/retire", responses={200: PalletShape})
@web.permission("line:write")
def retire_pallet(path: PalletPath, body: LeaveBody) -> dict[str, Any]:
    """Take a pallet out of service, for a time or for good."""
    done = web.perform(pallets.retire_pallet, pallets.RetirePallet(number=path.number, **body.model_dump()))
    return _pallet(done.number)


@api.post("/pallets/<int:number>/return", responses={200: PalletShape})
@web.permission("line:write")
def return_pallet(path: PalletPath, body: ReturnBody) -> dict[str, Any]:
    """Put a pallet back into service."""
    done = web.perform(pallets.return_pallet, pallets.ReturnPallet(number=path.number, **body.model_dump()))
    return _pallet(done.number)


@api.post("/formwork/list", responses={200: service.FormworkCounted})
@web.permission("mould:write")
def import_list(form: ListUpload) -> dict[str, Any]:
    """Import a list of moulds and pallets: checked wholly, then entered wholly; what is known already stays."""
    if not isinstance(form.workbook, UploadedFile):
        reason = Text(N_("Send the workbook as a file"))
        raise InvalidInput(reason, [Fault("workbook", reason)])
    found = read_list(web.reading(), form.workbook.read())
    if found.errors:
        raise InvalidInput(Text(N_("The list has faults; nothing was entered")), refusals(found))
    if found.is_empty:
        return service.FormworkCounted(moulds=0, pallets=0).model_dump(mode="json")
    return web.perform(service.import_formwork, found.command(form.command_id)).model_dump(mode="json")


@api.post("/formwork/tell", responses={200: service.FormworkCounted})
@web.permission("mould:write")
def tell_formwork(body: service.TellFormwork) -> dict[str, Any]:
    """Tell platforms of every piece that was there before the register."""
    return web.perform(service.tell_formwork, body).model_dump(mode="json")


def _mould(code: str) -> dict[str, Any]:
    return MouldShape.of(queries.mould(web.reading(), code)).model_dump(mode="json")


def _pallet(number: int) -> dict[str, Any]:
    return PalletShape.of(queries.pallet(web.reading(), number)).model_dump(mode="json")
