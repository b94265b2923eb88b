"""Reading an event's content: times, things and places as URIs, and facts as extensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from labels.errors import LabelError
from labels.keys.gs1 import Key, place_key
from labels.keys.naming import identity
from mes.traceability.epcis import NAMESPACE, ExtensionValue, digest_text
from mes.traceability.epcis.extensions import free_text
from mes.traceability.settings import MappingSettings

Content = Mapping[str, Any]
Facts = Mapping[str, Any]


def identifiers_of(content: Content) -> tuple[str, ...]:
    """The elements, loads and batches whose story the event belongs to; events that share one keep their order.

    Pallets are left out: they go round, and would tie strangers together.
    """
    return tuple(sorted(name for name in content["previous"] if not name.startswith("pallet:")))


def event_time(content: Content) -> datetime:
    """When it happened, with the factory's offset of that time."""
    moment = datetime.fromisoformat(content["event_time"].replace("Z", "+00:00")).astimezone(UTC)
    offset = content["zone_offset"]
    sign = -1 if offset[0] == "-" else 1
    zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))
    return moment.astimezone(zone)


def element_uris(elements: Iterable[Facts]) -> tuple[str, ...]:
    """The elements' Digital Links, or local identities."""
    return tuple(element["digital_link"] for element in elements)


def load_uri(content: Content, settings: MappingSettings) -> str | None:
    """The load that the event belongs to: its SSCC, or its local name where the plant's owner is known."""
    found = sorted(name for name in content["previous"] if name.startswith("delivery:"))
    if not found:
        return None
    code, naming = found[0].removeprefix("delivery:"), settings.naming
    if code.isdigit():
        return f"https://id.gs1.org/00/{code}"
    if naming is None or naming.is_gs1:
        return None
    return _identity(lambda: naming.load_of_code(code))


def pallet_uri(content: Content, settings: MappingSettings) -> str | None:
    """The pallet's GRAI or local name, where the plant's naming is known."""
    number, naming = content["how"].get("pallet"), settings.naming
    if number is None or naming is None:
        return None
    return _identity(lambda: naming.pallet(int(number)))


def batch_uri(batch: Facts, settings: MappingSettings) -> str | None:
    """The LGTIN or local name of a concrete batch, where its number can be one and the plant's naming is known."""
    number, naming = str(batch.get("batch_number") or batch.get("number") or ""), settings.naming
    if not number or naming is None:
        return None
    return _identity(lambda: naming.batch(number))


def place_uri(content: Content, settings: MappingSettings) -> str | None:
    """The SGLN or local name of a place in the plant (yard slot or station).

    None for a site, where its code can be neither, and without the plant's number or owner.
    """
    where, naming = content["where"], settings.naming
    code = str(where.get("yard_slot") or _station_code(where))
    if not code or naming is None:
        return None
    if not naming.is_gs1:
        return _identity(lambda: naming.place(code))
    prefix, gln = settings.company_prefix, settings.plant_gln  # which may be set otherwise than the naming has it
    return _identity(lambda: place_key(prefix, gln[len(prefix) : 12], code)) if gln else None


def _identity(name: Callable[[], Key]) -> str | None:
    """The URI of a key; None where the number or code cannot be in one."""
    try:
        return identity(name())
    except LabelError:
        return None


def _station_code(where: Facts) -> str:
    line, station = str(where.get("line") or ""), str(where.get("station") or "")
    return station if station.startswith(line) else f"{line}-{station}".strip("-")


def document_uri(kind: str, number: str, settings: MappingSettings) -> str:
    """A business document as CBV 8.5 names one by its owner's GLN; under our own namespace without a GLN.

    There the owner's credit code, where it is known, keeps it apart from the documents of others.
    """
    name = quote(number, safe="-._~")
    if settings.plant_gln:
        return f"urn:epcglobal:cbv:bt:{settings.plant_gln}:{name}"
    return f"{NAMESPACE}{kind}/{settings.owner}/{name}" if settings.owner else f"{NAMESPACE}{kind}/{name}"


def clean(facts: Mapping[str, Any]) -> dict[str, ExtensionValue]:
    """Facts as extensions: empty ones left out, texts held clear of what a hash would read as a number."""
    return {f"pc:{name}": _clean(value) for name, value in facts.items() if not _is_empty(value)}


def _clean(value: Any) -> ExtensionValue:
    if isinstance(value, str):
        return free_text(value)
    if isinstance(value, Mapping):
        return clean(value)
    if isinstance(value, Sequence):
        return [_clean(item) for item in value if not _is_empty(item)]
    if isinstance(value, (int, float)) and value and not 1e-4 <= abs(value) < 1e15:
        return free_text(str(value))
    if isinstance(value, (int, float)):
        return value
    raise TypeError(f"{type(value).__name__} cannot be an extension")


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, Mapping):
        return all(_is_empty(item) for item in value.values())
    if isinstance(value, Sequence):
        return all(_is_empty(item) for item in value)
    return value is None or isinstance(value, bool)


def common_extensions(content: Content, settings: MappingSettings) -> dict[str, ExtensionValue]:
    """What every event carries beside the standard's fields: who, where and how in words, and which ledger event."""
    where, how, data = content["where"], content["how"], content["data"]
    delivery, inspection = numbered(data.get("delivery")), _mapping(data.get("inspection"))
    facts = {
        "ledgerEvent": f"urn:uuid:{content['id']}",
        "line": where.get("line"),
        "station": where.get("station"),
        "placeName": where.get("station_name") or where.get("yard_slot") or where.get("site"),
        "slot": where.get("yard_slot"),
        "site": where.get("site"),
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
        "people": [_person(content["who"], settings)],
    }
    return clean(facts) | inspection_extensions(data) | material_extensions(how)


def inspection_extensions(data: Facts) -> dict[str, ExtensionValue]:
    """Results of tests and what was found wrong."""
    test, certificate = _mapping(data.get("cube_test")), numbered(data.get("certificate"))
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


def material_extensions(how: Facts) -> dict[str, ExtensionValue]:
    """Concrete batches and material lots that went in."""
    named = how.get("materials") or ([how["material"]] if how.get("material") else [])
    materials = [
        {
            "kind": lot.get("kind"),
            "lot": lot.get("lot_number"),
            "supplier": lot.get("supplier"),
            "certificate": lot.get("certificate_number"),
        }
        for lot in named
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
    return clean({"materials": materials, "batches": batches})


def batches_of(how: Facts) -> list[Facts]:
    """The concrete batches of an event, none twice."""
    if how.get("batches"):
        return list(how["batches"])
    return [how["batch"]] if how.get("batch") else []


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
        }
    )


def _drawing(element: Facts) -> str:
    code, revision = element.get("type_code"), element.get("type_revision")
    return f"{code} R{revision}" if code and revision is not None else ""


def _person(who: Facts, settings: MappingSettings) -> dict[str, Any]:
    """Role and organisation of whoever did it; the name only where the connector is set to give it."""
    name = who.get("name") if settings.with_person_names and who.get("kind") == "person" else None
    return {"role": f"pc:{who.get('role') or 'unknown'}", "organisation": who.get("organisation"), "name": name}


def _digests(how: Facts, data: Facts) -> list[Any]:
    return list(dict.fromkeys([*(how.get("photos") or ()), *(data.get("photos") or ())]))


def _prefixed(prefix: str, value: Any) -> str | None:
    return None if value is None or value == "" else f"{prefix}{value}"


def numbered(value: Any) -> Facts:
    """Facts of something that has a number; an event may hold the number alone."""
    return {"number": value} if isinstance(value, str) else _mapping(value)


def _reason(data: Facts) -> Any:
    """Why, in the fullest words the event has."""
    described = numbered(data.get("nonconformity")).get("description")
    return data.get("reject_reason") or data.get("disposition_reason") or described or data.get("reason")


def _mapping(value: Any) -> Facts:
    return value if isinstance(value, Mapping) else {}
