"""What a piece of a type takes besides concrete (单件用料): its bill, by which the use of lots is planned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS, unit_named
from mes.library.models import ComponentType


class BillLine(BaseModel):
    """So much of a material for one piece; the unit is the material's usual one unless it is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(max_length=30)
    quantity: float = Field(gt=0, le=100_000, allow_inf_nan=False)
    unit: str = Field(default="", max_length=3, description="common code of UN/ECE Recommendation 20, such as KGM")


class SetBill(Command):
    """The bill of a type, in the place of the one it had; without lines it has none."""

    type_id: UUID
    lines: tuple[BillLine, ...] = Field(default=(), max_length=40)


@use_case("library:write")
def set_bill(work: Work, command: SetBill) -> Done:
    """Say what a piece of a type takes. Uses that were noted before keep their amounts.

    Raises:
        NotFound: there is no such type.
        InvalidInput: a material that goes into no element, stands twice, or is not kept in the unit; says which line.
    """
    kind = work.session.get(ComponentType, command.type_id)
    if kind is None:
        raise NotFound(Text(N_("There is no such component type")))
    kind.bill = _checked(command.lines)
    work.session.flush()
    return Done(id=kind.id)


def _checked(lines: Iterable[BillLine]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place, line in enumerate(lines):
        if line.kind not in MATERIAL_KINDS or line.kind in BATCH_KINDS:
            _refuse(f"lines[{place}].kind", N_("%(kind)s is no material of an element"), kind=line.kind)
        if line.kind in found:
            _refuse(f"lines[{place}].kind", N_("%(kind)s stands twice"), kind=Text(MATERIAL_KINDS[line.kind]))
        unit = unit_named(line.kind, line.unit)
        if unit is None:
            words = {"kind": Text(MATERIAL_KINDS[line.kind]), "unit": line.unit}
            _refuse(f"lines[{place}].unit", N_("%(kind)s is not kept in %(unit)s"), **words)
        if not unit.fits(line.quantity):
            _refuse(f"lines[{place}].quantity", N_("%(quantity)s pieces: pieces are whole"), quantity=line.quantity)
        found[line.kind] = {"kind": line.kind, "quantity": line.quantity, "unit": unit.code}
    return list(found.values())


def _refuse(where: str, message: str, **words: Any) -> NoReturn:
    reason = Text(message, words)
    raise InvalidInput(reason, [Fault(where, reason)])
