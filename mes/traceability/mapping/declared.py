"""Corrections: the original events again, every field and the IDs equal, with the declaration that they were wrong.

EPCIS 2.0, 7.4.1.4. Made from what the platform was sent, not from the ledger, so that nothing of it can differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mes.ledger.declarations import DID_NOT_OCCUR, INCORRECT_DATA
from mes.traceability.epcis import ErrorDeclaration
from mes.traceability.mapping.content import Content, event_time
from mes.traceability.mapping.facts import clean

REASONS = (DID_NOT_OCCUR, INCORRECT_DATA)


def error_declaration(declaration: Content, corrective_ids: Sequence[str] = ()) -> ErrorDeclaration:
    """What an `event.declared_wrong` says of the events of its original.

    `corrective_ids` are the IDs, at one platform, of the events that hold instead; what did not occur has none.
    """
    data = declaration["data"]
    reason = str(data.get("reason_code") or "")
    corrective = tuple(corrective_ids) if reason == INCORRECT_DATA else ()
    words = clean({"ledgerEvent": f"urn:uuid:{declaration['id']}", "remark": data.get("remark")})
    return ErrorDeclaration(event_time(declaration), reason, corrective, words)


def declared(
    original: Iterable[Mapping[str, Any]], declaration: Content, corrective_ids: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """`original`, the events as they were sent, with the error declaration of an `event.declared_wrong`.

    Raises:
        EventError: a reason that CBV does not have.
    """
    said = error_declaration(declaration, corrective_ids).to_json()
    return [{**event, "errorDeclaration": said} for event in original]
