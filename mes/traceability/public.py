"""What the public may read of an element: its page, its facts for programs, its links. No more than the page tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

import mes.orders.things  # noqa: F401 - elements are registered there; here their public side is added
from mes.core import web
from mes.core.text import N_, Text
from mes.identity import things
from mes.identity.public import PublicLink, tells_links
from mes.identity.things import PublicFact, PublicThing, Thing
from mes.orders.lifecycle import STATE_NAMES
from mes.traceability import trace_page
from mes.traceability.story import PUBLIC, Told, records_of, tell
from mes.traceability.story.quality import CertificateFacts


def _page(session: Session, thing: Thing) -> str:
    return trace_page.render(session, records_of(session, thing.key, web.clock().now()))


def _told(session: Session, thing: Thing) -> Told:
    return tell(records_of(session, thing.key, web.clock().now()), PUBLIC)


def _public(session: Session, thing: Thing) -> PublicThing:
    told = _told(session, thing)
    return PublicThing(thing.title, _facts(told), "gs1:Product", _properties(told))


def _facts(told: Told) -> tuple[PublicFact, ...]:
    size, certificate = told.get("element.size"), told.get("certificate")
    valid = _certificate(certificate) if certificate else N_("not issued yet")
    facts: list[tuple[str, Text | str | None]] = [
        (N_("State"), STATE_NAMES[told["element.state"][0]] if "element.state" in told else None),
        (N_("Project"), told.get("element.project")),
        (N_("Element code"), told.get("element.code")),
        (N_("Verdict"), told["verdict"][0] if "verdict" in told else None),
        (N_("Place in the building"), told.get("element.place")),
        (
            N_("Length × width × thickness"),
            f"{size.length_mm:.0f} × {size.width_mm:.0f} × {size.thickness_mm:.0f} mm" if size else None,
        ),
        (N_("Concrete"), told.get("element.strength_class")),
        (N_("Volume of concrete"), f"{told['element.volume']:.3f} m³" if "element.volume" in told else None),
        (N_("Weight"), f"{told['element.mass']:.0f} kg" if "element.mass" in told else None),
        (N_("Producer"), told["producer"][0] if "producer" in told else None),
        (N_("Certificate of conformity"), valid),
    ]
    return tuple(PublicFact(title, value) for title, value in facts if value)


def _certificate(certificate: CertificateFacts) -> Text | str:
    """Its number where it is valid, else that it is not."""
    if certificate.is_valid:
        return certificate.number
    return N_("suspended: rejected on site, not decided yet") if certificate.suspended_at else N_("withdrawn")


def _properties(told: Told) -> Mapping[str, Any]:
    name, credit_code = told["producer"]
    producer = {"@type": "schema:Organization", "schema:name": name, "schema:taxID": credit_code}
    size = told["element.size"]
    return {
        "schema:model": told["element.type"][0],
        "schema:manufacturer": {key: text for key, text in producer.items() if text},
        "schema:weight": _measured(told["element.mass"], "KGM"),
        "schema:depth": _measured(size.length_mm, "MMT"),
        "schema:width": _measured(size.width_mm, "MMT"),
        "schema:height": _measured(size.thickness_mm, "MMT"),
    }


def _measured(value: float, unit: str) -> dict[str, Any]:
    """A quantity with its unit by UN/ECE Recommendation 20."""
    return {"@type": "schema:QuantitativeValue", "schema:value": value, "schema:unitCode": unit}


@tells_links("element")
def _links(session: Session, thing: Thing) -> Sequence[PublicLink]:
    life = [PublicLink("traceability", N_("Its life"), "#life")]
    if "certificate" in _told(session, thing):
        life.append(PublicLink("certificationInfo", N_("Certificate of conformity"), "#certificate"))
    return life


things.register(replace(things.kinds()["element"], public=_public, public_page=_page))
