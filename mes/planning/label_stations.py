"""The stations of the lines, from which labels are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from mes.planning.models import Line, Station
from mes.printing.stations import LabelStation, offer


def _stations(session: Session) -> Sequence[LabelStation]:
    query = select(Station).join(Line).options(joinedload(Station.line)).order_by(Line.code, Station.ordinal)
    return [LabelStation(row.code, row.name, row.line.name) for row in session.scalars(query)]


offer(_stations)
