"""How the EPCIS form names pallets, loads, batches, places and documents, with and without GS1."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from labels.keys.naming import Naming
from mes.traceability.mapping import MappingSettings
from mes.traceability.mapping.names import batch_uri, document_uri, load_uri, pallet_uri, place_uri
from mes.traceability.settings import plant_mapping

OWNER = "91350200MAAY4CL12K"
LOCAL = f"https://precast-mes.org/id/{OWNER}"


def settings(prefix: str = "0614141", site: int = 0) -> MappingSettings:
    return MappingSettings.model_validate(plant_mapping(Naming(prefix, OWNER, site)))


def content(**parts: Any) -> dict[str, Any]:
    return {"previous": {}, "where": {}, "how": {}, **parts}


SLOT = content(where={"yard_slot": "A-03"})
STATION = content(where={"line": "SL", "station": "SL-casting"})
PALLET = content(how={"pallet": 12})
BATCH = {"batch_number": "C40-117"}


def test_a_plant_of_gs1_names_by_its_prefix() -> None:
    gs1 = settings()
    assert pallet_uri(PALLET, gs1) == "https://id.gs1.org/8003/0061414100000512"
    assert batch_uri(BATCH, gs1) == "https://id.gs1.org/01/90614141000008/10/C40-117"
    assert place_uri(SLOT, gs1) == "https://id.gs1.org/414/0614141000005/254/A-03"
    assert place_uri(STATION, gs1) == "https://id.gs1.org/414/0614141000005/254/SL-casting"
    assert document_uri("desadv", "DN-1", gs1) == "urn:epcglobal:cbv:bt:0614141000005:DN-1"


def test_a_further_site_of_the_same_prefix_names_otherwise() -> None:
    third = settings(site=3)
    assert pallet_uri(PALLET, third) == "https://id.gs1.org/8003/0061414100000530000000012"
    assert batch_uri(BATCH, third) == "https://id.gs1.org/01/90614141000039/10/C40-117"
    assert place_uri(SLOT, third) == "https://id.gs1.org/414/0614141000036/254/A-03"
    assert document_uri("desadv", "DN-1", third) == "urn:epcglobal:cbv:bt:0614141000036:DN-1"


def test_a_plant_without_gs1_names_by_its_owner() -> None:
    local = settings("")
    assert pallet_uri(PALLET, local) == f"{LOCAL}/pallet/12"
    assert batch_uri(BATCH, local) == f"{LOCAL}/batch/C40-117"
    assert place_uri(SLOT, local) == f"{LOCAL}/place/A-03"
    document = document_uri("desadv", "DN-1", local)
    assert OWNER in document
    assert document != document_uri("desadv", "DN-1", MappingSettings())


@pytest.mark.parametrize("code", ["106141410000000019", "L00000000000000005"])
def test_a_load_is_named_by_its_code(code: str) -> None:
    named = load_uri(content(previous={"element:1": None, f"delivery:{code}": None}), settings(""))
    assert named == (f"{LOCAL}/load/{code}" if code.startswith("L") else f"https://id.gs1.org/00/{code}")


def test_a_connector_made_before_that_knows_no_owner_names_what_it_can() -> None:
    old = MappingSettings.model_validate({"company_prefix": "0614141", "plant_gln": "0614141000005"})
    assert old == MappingSettings.model_validate({**plant_mapping(Naming("0614141", ""))})
    nothing = MappingSettings()
    assert pallet_uri(PALLET, nothing) is batch_uri(BATCH, nothing) is place_uri(SLOT, nothing) is None
    assert load_uri(content(previous={"delivery:L00000000000000005": None}), nothing) is None


def test_a_plants_own_location_number_may_differ_from_the_scheme() -> None:
    own = MappingSettings.model_validate({"company_prefix": "0614141", "plant_gln": "0614141123452"})
    assert place_uri(SLOT, own) == "https://id.gs1.org/414/0614141123452/254/A-03"


@pytest.mark.parametrize("prefix", ["", "0614141"])
def test_what_cannot_be_in_a_key_has_none(prefix: str) -> None:
    named = settings(prefix)
    assert batch_uri({"batch_number": "模-1"}, named) is None
    assert place_uri(content(where={"yard_slot": "东区 3"}), named) is None
    assert pallet_uri(content(how={"pallet": 10**10}), named) is None


@pytest.mark.parametrize("wrong", [{"owner": "x"}, {"company_prefix": "061414112345", "site_number": 1}])
def test_settings_that_can_name_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MappingSettings.model_validate(wrong)
