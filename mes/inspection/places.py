"""Where an inspection happens and with what, as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from mes.core.errors import Fault, InvalidInput
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.planning.models import Operation, PalletLoad


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
