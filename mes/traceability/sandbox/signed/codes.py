"""The codes by which the interface answers; HTTP says 200 to all of them."""

from __future__ import annotations

from typing import Any

from mes.core.text import Text

TAKEN = 0
DUPLICATE = 1001
OTHER_CONTENT = 1002
WRONG_FIELD = 2001
UNKNOWN_TYPE = 2002
NOT_JSON = 2003
UNKNOWN_KEY = 3001
WRONG_SIGNATURE = 3002
WRONG_TIME = 3003
USED_NONCE = 3004
NO_TOKEN = 3005
NOT_FOUND = 6001


class AnsweredError(Exception):
    """Ends a request with a code."""

    def __init__(self, code: int, message: Text, data: dict[str, Any] | None = None) -> None:
        self.code = code
        self.data = data
        self.reason = message
        super().__init__(str(message))


def answer(code: int, message: str, data: Any = None) -> dict[str, Any]:
    """The body of an answer."""
    return {"code": code, "message": message, "data": data}
