"""Where an inspection happens and with what, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from mes.core.errors import Fault, InvalidInput
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad

Finder = Callable[[Session, Element], Mapping[str, Any]]
PLACE_KEYS = ("yard_slot", "station", "project_code", "line", "laboratory", "plant")
"""What names a place in its own code, the narrowest first; a site is named by its project."""
_finders: list[Finder] = []


def knows_where(finder: Finder) -> Finder:
    """Ask this room as well where an element is: a yard slot or a site, nothing where it does not know."""
    _finders.append(finder)
    return finder


def where_of_element(session: Session, element: Element, load: PalletLoad | None) -> dict[str, Any]:
    """Where an element is now: on the line, at finishing, in its yard slot, on the site."""
    if element.state in ("in_setup", "ready_to_cast"):
        return where_of_load(load)
    for finder in _finders:
        found = finder(session, element)
        if found:
            return dict(found)
    line = {"line": load.line.code, "line_name": load.line.name} if load else {}
    return {**line, "station_name": "finishing"} if element.state in ("demoulded", "finished") else line


def place_code(where: Mapping[str, Any]) -> str:
    """The place in its own code, for a row: station, slot, or the project of a site."""
    return str(next((where[key] for key in PLACE_KEYS if where.get(key)), ""))[:80]


def hidden_works_operation(load: PalletLoad) -> Operation | None:
    """The load's work at the hidden-works station of its line."""
    return next((one for one in load.operations if one.station.kind == "hidden-works"), None)


def where_of_load(load: PalletLoad | None) -> dict[str, Any]:
    """The hidden-works station of the load's line; nothing where there is no load."""
    if load is None:
        return {}
    operation = hidden_works_operation(load)
    station = {"station": operation.station.code, "station_name": operation.station.name} if operation else {}
    return {"line": load.line.code, "line_name": load.line.name, **station}


def how_of_load(load: PalletLoad | None) -> dict[str, Any]:
    """Load and pallet numbers; nothing where there is no load."""
    if load is None:
        return {}
    return {"load": load.number, **({"pallet": load.pallet.number} if load.pallet else {})}


def require_kept(session: Session, digests: Sequence[str]) -> None:
    """Refuse photos that were never uploaded.

    Raises:
        InvalidInput: one of the digests names no picture that is kept here.
    """
    faults = []
    for index, digest in enumerate(digests):
        row = session.get(StoredFile, digest)
        if row is None or not row.media_type.startswith("image/"):
            faults.append(Fault(f"photos[{index}]", Text(N_("This photo was never uploaded"))))
    if faults:
        raise InvalidInput(Text(N_("Some photos are not kept here")), faults)
