"""Signed JSON after the pattern of Chinese government platforms: one YAML file says everything about one city.

A rendition's body is a JSON list of `{"endpoint", "id", "record"}`; parameters, signature, encryption and the envelope
around several records are made for each attempt. The contract is `docs/contracts/city-connectors.md`.
"""

from mes.traceability.platforms.signed_json.cities import city_named, city_names, city_of, read_city
from mes.traceability.platforms.signed_json.declaration import City
from mes.traceability.platforms.signed_json.dry_run import show_requests
from mes.traceability.platforms.signed_json.kind import SignedJson
from mes.traceability.platforms.signed_json.settings import CitySettings

KIND = SignedJson()

__all__ = [
    "KIND",
    "City",
    "CitySettings",
    "SignedJson",
    "city_named",
    "city_names",
    "city_of",
    "read_city",
    "show_requests",
]
