"""A question as it stands in an address, and back: what the page, its parts and its exports share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.recall.criteria import KINDS, Criteria, Named

Address = dict[str, list[str]]
PERIOD = ("begins", "ends")


def asked_in(arguments: MultiDict[str, str], zone: tzinfo) -> Criteria:
    """The question in an address; times are the factory's.

    Raises:
        InvalidInput: a time is none, too much is asked, or the period ends before it begins.
    """
    asked: dict[str, object] = {
        kind: tuple(dict.fromkeys(code.strip() for code in arguments.getlist(kind) if code.strip())) for kind in KINDS
    }
    try:
        for name in PERIOD:
            if arguments.get(name, "").strip():
                asked[f"{name}_at"] = datetime.fromisoformat(arguments[name]).replace(tzinfo=zone)
        return Criteria.model_validate(asked)
    except ValidationError as error:
        raise InvalidInput(
            Text(N_("The period must begin before it ends, and at most 50 of a kind be asked"))
        ) from error
    except ValueError as error:
        raise InvalidInput(Text(N_("This is no time: %(time)s"), {"time": arguments.get(name, "")[:40]})) from error


def address_of(criteria: Criteria, zone: tzinfo) -> Address:
    """The question as arguments of an address."""
    found: Address = {kind: list(criteria.codes(kind)) for kind in KINDS if criteria.codes(kind)}
    for name in PERIOD:
        moment: datetime | None = getattr(criteria, f"{name}_at")
        if moment is not None:
            found[name] = [moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")]
    return found


def without(address: Address, named: Named, criteria: Criteria) -> Address:
    """The address without one thing; of a lot, however it was written."""
    number = named.code.partition("/")[2]
    spelled = {named.code, number, number.upper(), number.lower()} if named.kind == "lot" else {named.code}
    kept = [code for code in criteria.codes(named.kind) if code not in spelled and code.upper() not in spelled]
    if len(kept) == len(criteria.codes(named.kind)):  # a machine's name stands for its station
        kept = []
    return {
        **{key: value for key, value in address.items() if key != named.kind},
        **({named.kind: kept} if kept else {}),
    }


def with_code(address: Address, kind: str, code: str) -> Address:
    """The address with one thing more."""
    return {**address, kind: _once([*address.get(kind, []), code])}


def _once(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
