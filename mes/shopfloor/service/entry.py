"""A load enters its line: it gets a free pallet, and the first station its release."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Answer, Command, Done, Work, use_case
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.machines.shown import shown_by, shown_by_all
from mes.planning.models import Line, Operation, Pallet, PalletLoad, PlanVersion
from mes.shopfloor.conditions import PALLET_USE
from mes.shopfloor.gates import OperationRefused
from mes.shopfloor.loads import elements_of, is_first, locks
from mes.shopfloor.rules import rules
from mes.shopfloor.service.releases import queue_release

SCHEDULED = frozenset({"scheduled"})


class EnterNextLoad(Command):
    """Let the line's next load of the published plan enter; on this pallet, or on any free one."""

    line_id: UUID
    pallet_number: int | None = None


class SetAutomaticEntry(Command):
    """Whether a line lets its loads enter by itself."""

    line_id: UUID
    on: bool


class LoadEntered(Answer):
    """Which load entered on which pallet."""

    load_id: UUID
    load_number: int
    pallet_number: int


@use_case("operation:run")
def enter_next_load(work: Work, command: EnterNextLoad) -> LoadEntered:
    """Bind the next waiting load to a free pallet and queue the release of the first station.

    Raises:
        OperationRefused: no load waits, another has not started yet, or no pallet is free.
    """
    line = work.session.get(Line, command.line_id, with_for_update=locks(work.session))
    if line is None:
        raise NotFound(Text(N_("There is no such line")))
    entering = load_entering(work.session, line)
    if entering is not None:
        text = N_("Load %(load)s has entered line %(line)s on pallet %(pallet)s and not started yet")
        raise OperationRefused(Text(text, {**_words(entering), "line": line.code}))
    load = next_waiting_load(work.session, line)
    if load is None:
        raise OperationRefused(Text(N_("No load of the published plan waits for line %(line)s"), {"line": line.code}))
    return enter(work, load, command.pallet_number, work.event_time(command))


@use_case("operation:run")
def set_automatic_entry(work: Work, command: SetAutomaticEntry) -> Done:
    """Let the line enter its next load by itself whenever its first station is idle; or let people do it."""
    line = work.session.get(Line, command.line_id)
    if line is None:
        raise NotFound(Text(N_("There is no such line")))
    line.auto_release = command.on
    return Done(id=line.id)


def enter(work: Work, load: PalletLoad, pallet_number: int | None, at: datetime) -> LoadEntered:
    """Bind a waiting load to a pallet and queue the release of its first station.

    Raises:
        OperationRefused: the load is not waiting or holds no scheduled element, or the pallet cannot be used.
    """
    work.session.get(Line, load.line_id, with_for_update=locks(work.session))  # one entry at a time: pallets are few
    if load.state != "waiting":
        raise OperationRefused(Text(N_("Load %(load)s has entered the line already"), {"load": load.number}))
    if not elements_of(load, SCHEDULED):
        raise OperationRefused(Text(N_("Load %(load)s holds no scheduled element"), {"load": load.number}))
    pallet = _pallet(work.session, load.line, pallet_number)
    load.pallet, load.state = pallet, "running"
    work.session.flush()
    queue_release(work, load.operations[0], at)
    return LoadEntered(load_id=load.id, load_number=load.number, pallet_number=pallet.number)


def enter_by_themselves(work: Work, at: datetime) -> list[LoadEntered]:
    """On lines that enter loads by themselves: the next load, where the first station is idle and a pallet free."""
    lines = work.session.scalars(select(Line).where(Line.auto_release.is_(True)).order_by(Line.code)).all()
    return [entered for line in lines for entered in _enter_by_itself(work, line, at)]


def _enter_by_itself(work: Work, line: Line, at: datetime) -> Iterator[LoadEntered]:
    device = line.stations[0].device if line.stations else None
    shown = shown_by(work.session, device) if device else None
    if shown is None or shown.state != "idle" or load_entering(work.session, line) is not None:
        return
    load = next_waiting_load(work.session, line)
    if load is None or load.planned_enter > at + rules().automatic_entry_ahead:
        return
    if free_pallets(work.session, line):
        yield enter(work, load, None, at)


def next_waiting_load(session: Session, line: Line) -> PalletLoad | None:
    """The line's next load of the published plan that has something to make."""
    query = (
        select(PalletLoad)
        .join(PlanVersion, PlanVersion.id == PalletLoad.plan_version_id)
        .where(PalletLoad.line_id == line.id, PalletLoad.state == "waiting", PlanVersion.state == "published")
        .order_by(PalletLoad.sequence, PalletLoad.number)
    )
    return next((load for load in session.scalars(query) if elements_of(load, SCHEDULED)), None)


def load_entering(session: Session, line: Line) -> PalletLoad | None:
    """The load that has its pallet and has not started at the first station yet."""
    query = (
        select(Operation)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .where(PalletLoad.line_id == line.id, PalletLoad.state == "running", Operation.state == "waiting")
    )
    return next((operation.load for operation in session.scalars(query) if is_first(operation)), None)


def free_pallets(session: Session, line: Line) -> list[Pallet]:
    """Pallets in service that carry no load, that no machine still shows and nothing speaks against, by number."""
    carrying = select(PalletLoad.pallet_id).where(PalletLoad.state == "running", PalletLoad.pallet_id.is_not(None))
    query = select(Pallet).where(Pallet.line_id == line.id, Pallet.in_service.is_(True), Pallet.id.not_in(carrying))
    shown = pallets_shown(session, line)
    empty = [pallet for pallet in session.scalars(query.order_by(Pallet.number)) if pallet.number not in shown]
    return [pallet for pallet in empty if not PALLET_USE.missing(session, pallet)]


def pallets_shown(session: Session, line: Line) -> dict[int, str]:
    """Pallets that the line's machines show at the moment, and the name of the station."""
    names = {station.device: station.name for station in line.stations if station.device}
    shown = shown_by_all(session, list(names))
    return {pallet: names[item.device] for item in shown.values() if item.good for pallet in item.pallets}


def _pallet(session: Session, line: Line, number: int | None) -> Pallet:
    free = free_pallets(session, line)
    if number is None:
        if not free:
            raise OperationRefused(Text(N_("No pallet of line %(line)s is free"), {"line": line.code}))
        return free[0]
    found = next((pallet for pallet in free if pallet.number == number), None)
    return found or _refuse_pallet(session, line, number)


def _refuse_pallet(session: Session, line: Line, number: int) -> Pallet:
    words: dict[str, object] = {"pallet": number, "line": line.code}
    pallet = session.scalars(select(Pallet).where(Pallet.line_id == line.id, Pallet.number == number)).first()
    if pallet is None:
        raise OperationRefused(Text(N_("Line %(line)s has no pallet %(pallet)s"), words))
    if not pallet.in_service:
        raise OperationRefused(Text(N_("Pallet %(pallet)s is out of service"), words))
    query = select(PalletLoad).where(PalletLoad.pallet_id == pallet.id, PalletLoad.state == "running")
    load = session.scalars(query).first()
    if load is not None:
        raise OperationRefused(Text(N_("Pallet %(pallet)s carries load %(load)s"), {**words, "load": load.number}))
    shown = pallets_shown(session, line)
    if number not in shown:
        PALLET_USE.require(session, pallet)
    station = shown.get(number, "?")
    raise OperationRefused(Text(N_("Pallet %(pallet)s still stands at %(station)s"), {**words, "station": station}))


def _words(load: PalletLoad) -> dict[str, object]:
    return {"load": load.number, "pallet": load.pallet.number if load.pallet else "?"}
