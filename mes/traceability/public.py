"""What the public may read of an element: its page, its facts for programs, its links. No more than the page tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

import mes.orders.things  # noqa: F401 - elements are registered there; here their public side is added
from mes.core.text import N_
from mes.identity import things
from mes.identity.public import PublicLink, tells_links
from mes.identity.things import PublicFact, PublicThing, Thing
from mes.orders.lifecycle import STATE_NAMES
from mes.traceability.story import PublicStory, public_story


def _page(session: Session, thing: Thing) -> str:
    return render_template("traceability/trace.html", story=public_story(session, thing.key))


def _public(session: Session, thing: Thing) -> PublicThing:
    story = public_story(session, thing.key)
    return PublicThing(thing.title, _facts(story), "gs1:Product", _properties(story))


def _facts(story: PublicStory) -> tuple[PublicFact, ...]:
    element, kind = story.element, story.element.component_type
    place = f"{element.floor.building.name} · {element.floor.name} · {element.position}"
    return (
        PublicFact(N_("State"), STATE_NAMES[element.state]),
        PublicFact(N_("Project"), element.project.name),
        PublicFact(N_("Place in the building"), place),
        PublicFact(
            N_("Length × width × thickness"), f"{kind.length_mm:.0f} × {kind.width_mm:.0f} × {kind.thickness_mm:.0f} mm"
        ),
        PublicFact(N_("Concrete"), f"{kind.concrete_grade} · {kind.concrete_volume_m3:.3f} m³"),
        PublicFact(N_("Weight"), f"{kind.weight_kg:.0f} kg"),
        PublicFact(N_("Producer"), story.producer),
        PublicFact(N_("Certificate of conformity"), story.certificate_number or N_("not issued yet")),
    )


def _properties(story: PublicStory) -> Mapping[str, Any]:
    kind = story.element.component_type
    producer = {"@type": "schema:Organization", "schema:name": story.producer, "schema:taxID": story.credit_code}
    return {
        "schema:model": kind.type_code,
        "schema:manufacturer": {name: text for name, text in producer.items() if text},
        "schema:weight": _measured(kind.weight_kg, "KGM"),
        "schema:depth": _measured(kind.length_mm, "MMT"),
        "schema:width": _measured(kind.width_mm, "MMT"),
        "schema:height": _measured(kind.thickness_mm, "MMT"),
    }


def _measured(value: float, unit: str) -> dict[str, Any]:
    """A quantity with its unit by UN/ECE Recommendation 20."""
    return {"@type": "schema:QuantitativeValue", "schema:value": value, "schema:unitCode": unit}


@tells_links("element")
def _links(session: Session, thing: Thing) -> Sequence[PublicLink]:
    story = public_story(session, thing.key)
    life = [PublicLink("traceability", N_("Its life"), "#life")]
    if story.certificate_number:
        life.append(PublicLink("certificationInfo", N_("Certificate of conformity"), "#about"))
    return life


things.register(replace(things.kinds()["element"], public=_public, public_page=_page))
