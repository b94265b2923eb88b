"""Reading the library."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.atlas import parse_type_code
from mes.library.models import ComponentType


def component_types(session: Session, family: str = "", text: str = "") -> Sequence[ComponentType]:
    """The newest revision of every type, by family and code; narrowed by family and by part of the code."""
    query = select(ComponentType).order_by(ComponentType.family, ComponentType.type_code, ComponentType.revision)
    if family:
        query = query.where(ComponentType.family == family)
    if text:
        query = query.where(ComponentType.type_code.ilike(f"%{text}%"))
    newest = {found.type_code: found for found in session.scalars(query)}
    return list(newest.values())


def revisions(session: Session, type_code: str) -> Sequence[ComponentType]:
    """Every revision of a type, newest first.

    Raises:
        NotFound: no such type.
    """
    query = select(ComponentType).where(ComponentType.type_code == type_code)
    found = session.scalars(query.order_by(ComponentType.revision.desc())).all()
    if not found:
        raise NotFound(Text(N_("The library has no type %(code)s"), {"code": type_code}))
    return found


def assumptions(kind: ComponentType) -> Sequence[Text]:
    """What an atlas code does not say and was taken from defaults, in words that can be translated."""
    found = parse_type_code(kind.type_code) if kind.atlas else None
    return found.assumptions if found else [Text("%(text)s", {"text": text}) for text in kind.assumptions]
