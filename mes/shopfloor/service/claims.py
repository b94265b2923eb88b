"""Two stations that claim one pallet: neither is believed while both work on it; if it lasts, a person decides.

A pallet that moves is shown by both stations for a moment, because machines are read one after the other. So a claim
holds back the other station's story until it clears, and becomes a discrepancy only when both last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from lines.signals.evaluation import Values
from mes.core.commands import Work
from mes.machines.models import MachinePoint
from mes.machines.shown import SLOT, whole
from mes.planning.models import Station
from mes.shopfloor.rules import rules
from mes.shopfloor.service.discrepancies import notice

AT_WORK = frozenset({"starting", "execute", "completing"})


def pallets_in(values: Values) -> set[int]:
    """Every pallet that a machine shows: in its slots, if it has some, else at its place."""
    slots = {name: whole(value) for name, value in values.items() if SLOT.fullmatch(name)}
    return (set(slots.values()) if slots else {whole(values.get("pallet"))}) - {0}


def claimed_elsewhere(work: Work, station: Station, pallet: int) -> bool:
    """Whether another station's machine says that it works on the pallet at this moment."""
    return any(claim.at_work for claim in _claims(work, pallet) if claim.device != station.device)


def stations_showing(work: Work, pallet: int, *, except_for: Station) -> list[Station]:
    """The other stations whose machines show the pallet now, in the order of the line."""
    devices = [claim.device for claim in _claims(work, pallet) if claim.device != except_for.device]
    query = select(Station).where(Station.device.in_(devices)).order_by(Station.line_id, Station.ordinal)
    return list(work.session.scalars(query)) if devices else []


def notice_lasting_claims(work: Work) -> None:
    """A pallet that two machines have been showing for longer than a move takes becomes a discrepancy."""
    shown = _deciding_points(work)
    latest = max((point.source_time for points in shown.values() for point in points.values()), default=None)
    claims: dict[int, list[_Claim]] = defaultdict(list)
    for device, points in shown.items():
        for claim in _claims_of(device, points):
            claims[claim.pallet].append(claim)
    for pallet, found in claims.items():
        if len(found) > 1 and latest is not None:
            first, second, *_ = sorted(found, key=lambda claim: claim.since)
            if latest - second.since > rules().claim_grace:
                _notice(work, pallet, first, second)


@dataclass(frozen=True)
class _Claim:
    """A machine that shows a pallet, since when, and in which state it is. Whatever lies in a slot is worked on."""

    device: str
    pallet: int
    since: datetime
    state: str

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    def story(self) -> dict[str, object]:
        return {"device": self.device, "state": self.state, "pallet": self.pallet, "since": self.since.isoformat()}


def _claims(work: Work, pallet: int) -> list[_Claim]:
    every = (claim for device, points in _deciding_points(work).items() for claim in _claims_of(device, points))
    return [claim for claim in every if claim.pallet == pallet]


def _deciding_points(work: Work) -> dict[str, dict[str, MachinePoint]]:
    """State and pallets of every station's machine, where they can be trusted."""
    query = (
        select(MachinePoint)
        .join(Station, Station.device == MachinePoint.device)
        .where(
            MachinePoint.quality == "good",
            or_(MachinePoint.point.in_(("state", "pallet")), MachinePoint.point.like("slot\\_%\\_pallet", escape="\\")),
        )
    )
    found: dict[str, dict[str, MachinePoint]] = defaultdict(dict)
    for point in work.session.scalars(query):
        found[point.device][point.point] = point
    return found


def _claims_of(device: str, points: dict[str, MachinePoint]) -> Iterator[_Claim]:
    if "state" not in points:
        return
    slots = [point for name, point in points.items() if SLOT.fullmatch(name)]
    state = "execute" if slots else str(points["state"].value)
    for point in slots or [point for name, point in points.items() if name == "pallet"]:
        if pallet := whole(point.value):
            yield _Claim(device, pallet, point.source_time, state)


def _notice(work: Work, pallet: int, first: _Claim, second: _Claim) -> None:
    notice(
        work,
        device=second.device,
        kind="two_claims",
        pallet=pallet,
        machine=second.story(),
        house={"other_machine": first.story()},
        at=work.now(),
    )
