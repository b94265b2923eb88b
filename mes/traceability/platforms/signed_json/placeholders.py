"""Texts of requests with places in braces, and which places there are."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from mes.traceability.platforms.fields.templates import places_of, require_template

OF_REQUESTS = frozenset(
    {
        "timestamp",  # of the attempt
        "nonce",  # of the attempt
        "token",  # of the log-in
        "signature",
        "secret",  # the signature's, in the text that is signed
        "request_key",  # of the records' business ids: the same on every attempt
        "business_id",  # of the one record, or that is asked for
        "records",  # their JSON
        "body",  # as it is sent (without a signature that stands in it)
        "body_minified",
        "body_digest",
        "method",
        "path",
        "code",  # the endpoint's own
        "job",  # that is asked for
        "day",
        "page",
    }
)
NAMED = ("values", "secrets")


def _require_places(text: str) -> str:
    require_template(text)
    for place in places_of(text):
        root, _, name = place.partition(".")
        if place not in OF_REQUESTS and not (root in NAMED and name and "." not in name):
            known = ", ".join(sorted(OF_REQUESTS))
            raise ValueError(f"{{{place}}} is no place of a request; known are values.…, secrets.…, {known}")
    return text


RequestTemplate = Annotated[str, AfterValidator(_require_places)]
