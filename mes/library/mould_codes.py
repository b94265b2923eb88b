"""Moulds by what people scan, type and read."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mes.core.errors import NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.library.models import Mould


class UnknownMould(NotFound):
    """No mould has this code."""


def mould_in(session: Session, code: str) -> Mould | None:
    """The mould that a scanned or typed code names.

    Raises:
        InvalidInput: the code is damaged.
    """
    return mould_coded(session, code_in(session, code))


def code_in(session: Session, scanned: str) -> str:
    """The code that a scan says: that in a mould's key, else the text itself.

    Raises:
        InvalidInput: the code is damaged.
    """
    scan = read_code(scanned)
    return reference_in(session, scan.key, "mould") or scan.text


def mould_coded(session: Session, code: str) -> Mould | None:
    """The mould of this code, whether it is written with small or with capital letters."""
    return session.scalars(select(Mould).where(func.lower(Mould.code) == code.strip().lower())).first()


def mould_named(session: Session, code: str) -> Mould:
    """The mould of this code.

    Raises:
        UnknownMould: there is none.
    """
    found = mould_coded(session, code)
    if found is None:
        raise UnknownMould(Text(N_("There is no mould %(code)s"), {"code": code.strip()}))
    return found
