"""Old QR codes in plain words: element, project, building and floor say together which piece it is."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from labels import Scan
from mes.core import scanning, web
from mes.core.actor import Actor
from mes.core.scanning import Place
from mes.identity import things
from mes.orders.models import Building, Element, Floor, Project
from mes.orders.things import thing_of_element


@scanning.finds
def _told(scan: Scan) -> Place | None:
    """The page of the one element that all words fit; several or none are left to the search."""
    if not web.actor().may("element:read"):
        return None
    element = element_of_words(web.reading(), web.actor(), scan.hints)
    if element is None:
        return None
    thing = thing_of_element(element)
    icon = things.kinds()[thing.kind].icon
    return Place(thing.kind, thing.title, thing.number, thing.address, icon, key=thing.key)


def element_of_words(session: Session, actor: Actor, hints: Mapping[str, str]) -> Element | None:
    """The only element with this mark or position, in this project, building and on this floor as far as they are told.

    None where the element is not told, or where not just one fits of those that this actor may see.
    """
    if not hints.get("element"):
        return None
    query = select(Element).join(Project).join(Floor).join(Building, Building.id == Floor.building_id)
    if actor.project_ids is not None:
        query = query.where(Element.project_id.in_(actor.project_ids))
    fitting = session.scalars(query.where(*_conditions(hints), Element.state != "scrapped").limit(2)).all()
    return fitting[0] if len(fitting) == 1 else None


def _conditions(hints: Mapping[str, str]) -> list[ColumnElement[bool]]:
    columns = {
        "element": (Element.mark, Element.position),
        "project": (Project.name, Project.code),
        "building": (Building.name, Building.code),
        "floor": (Floor.name,),
    }
    told = [(columns[name], text.strip()) for name, text in hints.items() if name in columns and text.strip()]
    return [or_(*(column == text for column in any_of)) for any_of, text in told]
