"""What EPCIS events are about: the names whose events keep their order on a platform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

THING_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
CLASS_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
GOES_ROUND = ("https://id.gs1.org/8003/", "/pallet/", "/mould/")  # GRAI; a plant's own pallets and moulds without GS1


def names_in(events: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every EPC, parent, load and batch that events in their JSON form name, each once and sorted; then the loose ones.

    Loose are pallets and moulds, which go round, and lots and batches that something was made of: both would tie
    strangers together, so that the refusal of one of their events holds nobody else back.
    """
    named: set[str] = set()
    loose: set[str] = set()
    for event in events:
        named.update(_things(event))
        loose.update(item["epcClass"] for item in event.get("inputQuantityList", ()))
    loose |= {name for name in named if goes_round(name)}
    return tuple(sorted(named - loose)), tuple(sorted(loose))


def goes_round(name: str) -> bool:
    """Whether a name is that of a pallet or mould."""
    return any(sign in name for sign in GOES_ROUND)


def _things(event: Mapping[str, Any]) -> Iterator[str]:
    for name in THING_LISTS:
        yield from event.get(name, ())
    for name in CLASS_LISTS:
        yield from (item["epcClass"] for item in event.get(name, ()))
    if "parentID" in event:
        yield event["parentID"]
