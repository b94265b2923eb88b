"""What concerns moulds and pallets together: a list is imported; pieces of earlier days are told of."""

from __future__ import annotations

from pydantic import Field
from sqlalchemy import select

from mes.core.commands import Answer, Command, Work, use_case
from mes.library import service as moulds
from mes.library.models import Mould
from mes.library.service import RegisterMould, register_mould
from mes.planning import pallets
from mes.planning.models import Pallet
from mes.planning.pallets import RegisterPallet, register_pallet

MOST_PIECES = 2_000


class ImportFormwork(Command):
    """New moulds and pallets, all or none."""

    moulds: tuple[RegisterMould, ...] = Field((), max_length=MOST_PIECES)
    pallets: tuple[RegisterPallet, ...] = Field((), max_length=MOST_PIECES)


class TellFormwork(Command):
    """Tell the ledger of pieces that were there before the register, and so platforms."""


class FormworkCounted(Answer):
    """How many pieces were entered, or told of."""

    moulds: int
    pallets: int


@use_case("mould:write")
def import_formwork(work: Work, command: ImportFormwork) -> FormworkCounted:
    """Enter a whole list; one piece that cannot be entered leaves out all.

    Raises:
        InvalidInput: a piece has a fault.
        Forbidden: pallets are the line's, for which `line:write` is needed.
    """
    for mould in command.moulds:
        register_mould(work, mould.model_copy(update={"command_id": command.child_id(f"mould:{mould.code}")}))
    for pallet in command.pallets:
        register_pallet(work, pallet.model_copy(update={"command_id": command.child_id(f"pallet:{pallet.number}")}))
    return FormworkCounted(moulds=len(command.moulds), pallets=len(command.pallets))


@use_case("mould:write")
def tell_formwork(work: Work, command: TellFormwork) -> FormworkCounted:
    """Tell of every mould and pallet that nobody was told of; without this, each is told of when it is next used."""
    at = work.event_time(command)
    work.actor.require("line:write")
    session = work.session
    old_moulds = session.scalars(select(Mould).where(Mould.registered_at.is_(None)).order_by(Mould.code)).all()
    old_pallets = session.scalars(select(Pallet).where(Pallet.registered_at.is_(None)).order_by(Pallet.number)).all()
    for mould in old_moulds:
        moulds.ensure_registered(work, mould, at)
    for pallet in old_pallets:
        pallets.ensure_registered(work, pallet, at)
    return FormworkCounted(moulds=len(old_moulds), pallets=len(old_pallets))
