"""The requests of ``python -m labels tag``: what a tag holds beside its EPC."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from labels.json_lines import Request, RequestError
from labels.tags.user_memory import TagFacts, read_user_memory, shortened, write_user_memory

_TEXTS = tuple(field.name for field in fields(TagFacts) if field.name not in ("weight_kg", "produced_on"))


def answer_tag(request: Request) -> dict[str, Any]:
    """The answer to one request; raises a LabelError where there is none."""
    if request.get("op") != "user-memory":
        raise RequestError(f"op must be user-memory, not {request.get('op')!r}")
    if ("hex" in request) == ("facts" in request):
        raise RequestError("user-memory needs either hex, to be read, or facts, to be written")
    return _read(request) if "hex" in request else _write(request)


def _read(request: Request) -> dict[str, Any]:
    if not isinstance(request["hex"], str):
        raise RequestError("hex must be given as text")
    facts = read_user_memory(request["hex"])
    produced_on = facts.produced_on.isoformat() if facts.produced_on else None
    return {"facts": asdict(facts) | {"produced_on": produced_on}}


def _write(request: Request) -> dict[str, Any]:
    facts, bits = _facts(request["facts"]), request.get("bits", 512)
    if isinstance(bits, bool) or not isinstance(bits, int):
        raise RequestError(f"bits must be a number, not {bits!r}")
    written = write_user_memory(facts, bits)
    return {"hex": written, "shortened": list(shortened(facts, read_user_memory(written)))}


def _facts(given: Any) -> TagFacts:
    if not isinstance(given, dict):
        raise RequestError("facts must be an object")
    if unknown := set(given) - {field.name for field in fields(TagFacts)}:
        raise RequestError(f"facts has no {', '.join(sorted(unknown))}")
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise RequestError(f"{name} must be given as text")
    weight = given.get("weight_kg")
    if weight is not None and (isinstance(weight, bool) or not isinstance(weight, int)):
        raise RequestError(f"weight_kg must be a whole number, not {weight!r}")
    return TagFacts(**given | {"produced_on": _day(given.get("produced_on"))})


def _day(given: Any) -> date | None:
    try:
        return None if given is None else date.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise RequestError(f"produced_on must be a date such as 2026-11-21, not {given!r}") from error
