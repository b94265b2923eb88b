"""Facts beside the standard's fields: who, where and how in words, as extensions and as `ilmd`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mes.traceability.epcis import ExtensionValue, digest_text
from mes.traceability.epcis.extensions import free_text
from mes.traceability.mapping.content import Content, Facts, batches_of, facts_in, lots_of, moulds_of, numbered
from mes.traceability.settings import MappingSettings

CASTING = "element.cast"


def clean(facts: Mapping[str, Any]) -> dict[str, ExtensionValue]:
    """Facts as extensions: empty ones left out, texts held clear of what a hash would read as a number."""
    held = {f"pc:{name}": _held(value) for name, value in facts.items()}
    return {name: value for name, value in held.items() if value is not None}


def _held(value: Any) -> Any:
    """A fact as it may stand in an extension; None where it says nothing."""
    if isinstance(value, str):
        return free_text(value) or None
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        is_plain = not value or 1e-4 <= abs(value) < 1e15
        return value if is_plain else free_text(str(value))
    if isinstance(value, Mapping):
        return clean(value) or None
    if isinstance(value, Sequence):
        return [held for item in value if (held := _held(item)) is not None] or None
    raise TypeError(f"{type(value).__name__} cannot be an extension")


def common_extensions(content: Content, settings: MappingSettings) -> dict[str, ExtensionValue]:
    """What every event carries beside the standard's fields: who, where and how in words, and which ledger event."""
    where, how, data = content["where"], content["how"], content["data"]
    delivery, inspection = numbered(data.get("delivery")), facts_in(data.get("inspection"))
    facts = {
        "ledgerEvent": f"urn:uuid:{content['id']}",
        "line": where.get("line"),
        "station": where.get("station"),
        "placeName": where.get("station_name")
        or where.get("yard_slot")
        or where.get("site")
        or where.get("plant_name"),
        "slot": where.get("yard_slot"),
        "site": where.get("site"),
        "building": where.get("building"),
        "floor": where.get("floor"),
        "axis": where.get("position"),
        "projectCode": where.get("project_code") or data.get("project_code"),
        "pallet": _prefixed("PALLET-", how.get("pallet")),
        "load": how.get("load"),
        "machine": how.get("machine"),
        "deliveryNote": delivery.get("number"),
        "plate": data.get("vehicle_plate") or delivery.get("vehicle_plate"),
        "reason": _reason(data),
        "tagId": _prefixed("TID-", data.get("tid")),
        "replacedTagId": _prefixed("TID-", data.get("replaced_tid")),
        "remark": data.get("remark") or inspection.get("remark"),
        "ruleSet": inspection.get("rule_set"),
        "photos": [digest_text(str(digest)) for digest in _digests(how, data)],
        "people": [_person(content["who"], settings), *_answering(data, settings)],
    }
    amounts = content["kind"] == CASTING
    return clean(facts) | _inspection_extensions(data) | _material_extensions(how, amounts=amounts)


def _inspection_extensions(data: Facts) -> dict[str, ExtensionValue]:
    """Results of tests and what was found wrong."""
    test, certificate = facts_in(data.get("cube_test")), numbered(data.get("certificate"))
    wrong = numbered(data.get("nonconformity"))
    return clean(
        {
            "strengthMpa": test.get("set_value_mpa"),
            "cubeCondition": test.get("condition"),
            "certificateNumber": certificate.get("number"),
            "nonconformity": wrong.get("number"),
            "nonconformityKind": wrong.get("kind"),
            "severity": wrong.get("severity"),
            "designerConsent": data.get("designer_consent"),
        }
    )


def _material_extensions(how: Facts, *, amounts: bool) -> dict[str, ExtensionValue]:
    """Concrete batches and material lots that went in, and the moulds that shape it.

    How much of a lot is told with `amounts` only: before casting it may still be put right.
    """
    materials = [
        {
            "kind": lot.get("kind"),
            "lot": lot.get("lot_number"),
            "supplier": lot.get("supplier"),
            "certificate": lot.get("certificate_number"),
            "quantity": lot.get("quantity") if amounts else None,
            "unit": lot.get("unit") if amounts else None,
        }
        for lot in lots_of(how)
    ]
    batches = [
        {
            "batch": batch.get("batch_number") or batch.get("number"),
            "strengthClass": batch.get("concrete_grade"),
            "mixCode": batch.get("mix_code"),
            "slumpMm": batch.get("slump_mm"),
            "temperatureC": batch.get("temperature_c"),
        }
        for batch in batches_of(how)
    ]
    moulds = [_prefixed("MOULD-", mould.get("code")) for mould in moulds_of(how)]
    return clean({"materials": materials, "batches": batches, "moulds": moulds})


def curing_extensions(curing: Facts) -> dict[str, ExtensionValue]:
    """How the house judged a cure: by which rules, and how old the concrete was by maturity."""
    return clean(
        {
            "ruleSet": curing.get("rule_set"),
            "equivalentAgeHours": curing.get("equivalent_age_hours"),
            "chamber": curing.get("chamber"),
        }
    )


def element_master_data(element: Facts) -> dict[str, ExtensionValue]:
    """What the element is, for life: the `ilmd` of its first event."""
    return clean(
        {
            "elementCode": element.get("mark"),
            "typeCode": element.get("type_code"),
            "typeName": element.get("type_name"),
            "revision": element.get("type_revision"),
            "drawing": _drawing(element),
            "family": element.get("family"),
            "strengthClass": element.get("concrete_grade"),
            "lengthMm": element.get("length_mm"),
            "widthMm": element.get("width_mm"),
            "thicknessMm": element.get("thickness_mm"),
            "volumeM3": element.get("volume_m3"),
            "massKg": element.get("weight_kg"),
            "projectCode": element.get("project_code"),
            "projectName": element.get("project_name"),
            "building": element.get("building"),
            "floor": element.get("floor"),
            "position": element.get("position"),
            "epc": _prefixed("EPC-", element.get("epc_hex")),
            "otherNames": [f"{name['scheme']}:{name['value']}" for name in element.get("other_names") or ()],
        }
    )


def formwork_master_data(data: Facts) -> dict[str, ExtensionValue]:
    """What a mould or pallet is: the `ilmd` of its first event."""
    mould, pallet = facts_in(data.get("mould")), facts_in(data.get("pallet"))
    piece = mould or pallet
    return clean(
        {
            "mould": _prefixed("MOULD-", mould.get("code")),
            "pallet": _prefixed("PALLET-", pallet.get("number")),
            "family": mould.get("family"),
            "typeCode": mould.get("type_code"),
            "drawing": mould.get("drawing_number"),
            "maker": mould.get("maker"),
            "line": pallet.get("line"),
            "lengthMm": piece.get("length_mm"),
            "widthMm": piece.get("width_mm"),
            "heightMm": mould.get("height_mm"),
            "maxLoadKg": pallet.get("max_load_kg"),
        }
    )


def _drawing(element: Facts) -> str:
    code, revision = element.get("type_code"), element.get("type_revision")
    return f"{code} R{revision}" if code and revision is not None else ""


def _person(who: Facts, settings: MappingSettings) -> dict[str, Any]:
    """Role and organisation of whoever did it; the name only where the connector is set to give it."""
    name = who.get("name") if settings.with_person_names and who.get("kind") == "person" else None
    return {"role": f"pc:{who.get('role') or 'unknown'}", "organisation": who.get("organisation"), "name": name}


def _answering(data: Facts, settings: MappingSettings) -> list[dict[str, Any]]:
    """Who answers for the production besides: its head, where the event names one."""
    head = facts_in(data.get("production_head"))
    return [_person({**head, "role": "production_head", "kind": "person"}, settings)] if head else []


def _digests(how: Facts, data: Facts) -> list[Any]:
    return list(dict.fromkeys([*(how.get("photos") or ()), *(data.get("photos") or ())]))


def _prefixed(prefix: str, value: Any) -> str | None:
    return None if value is None or value == "" else f"{prefix}{value}"


def _reason(data: Facts) -> Any:
    """Why, in the fullest words the event has."""
    described = numbered(data.get("nonconformity")).get("description")
    return data.get("reject_reason") or data.get("disposition_reason") or described or data.get("reason")
