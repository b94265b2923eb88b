"""Pages of long lists: `perPage`, `nextPageToken` and the `Link` header of GS1's interface."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Response, request

from mes.traceability.sandbox.problems import RefusedError
from mes.traceability.sandbox.settings import platform

_LARGEST_PAGE = 1000
_LARGEST_NUMBER = 2**63 - 1


def page_size() -> int:
    """`perPage` of the request, default 30.

    Raises:
        RefusedError: not a number of 1 or more.
    """
    text = request.args.get("perPage", "30")
    if not text.isascii() or not text.isdigit() or int(text[:12]) < 1:
        raise RefusedError("QueryParameterException", "perPage is a number of 1 or more", 400)
    return min(int(text[:12]), _LARGEST_PAGE)


def page_start() -> int:
    """The number after which the wanted page begins.

    Raises:
        RefusedError: a token that this platform did not give out.
    """
    token = request.args.get("nextPageToken")
    if token is None:
        return 0
    try:
        told = base64.urlsafe_b64decode(token.encode()).decode()
        return min(max(0, int(told.removeprefix("after-"))), _LARGEST_NUMBER)
    except (ValueError, binascii.Error) as error:
        raise RefusedError("QueryParameterException", "nextPageToken is not one of this platform", 400) from error


def with_next_link(response: Response, last: int | None) -> Response:
    """`response` with a link to the page after number `last`, or without one on the last page."""
    if last is not None:
        token = base64.urlsafe_b64encode(f"after-{last}".encode()).decode()
        query = urlencode([*_other_arguments(), ("nextPageToken", token)])
        response.headers["Link"] = f'<{platform().base_url}{request.path}?{query}>; rel="next"'
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        response.headers["GS1-Next-Page-Token-Expires"] = tomorrow.isoformat(timespec="seconds")
    return response


def _other_arguments() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name != "nextPageToken"]
