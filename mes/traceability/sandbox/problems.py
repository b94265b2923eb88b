"""Refusals in RFC 7807 form with the exception types of GS1's capture interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response


class UnusableFileError(ValueError):
    """A file that the platform was given cannot be used; says which and why."""


class RefusedError(Exception):
    """Ends a request with a problem document."""

    def __init__(
        self, kind: str, title: str, status: int, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.body = problem(kind, title, status, detail)
        self.status = status
        self.headers = dict(headers or {})
        super().__init__(title)


def problem(kind: str, title: str, status: int, detail: str = "") -> dict[str, Any]:
    """A problem document; `kind` is a GS1 exception name such as ValidationException."""
    described = {"detail": detail} if detail else {}
    return {"type": f"epcisException:{kind}", "title": title, "status": status, **described}


def problem_response(body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries a problem document."""
    text = json.dumps(body, ensure_ascii=False)
    response = Response(text, status=status, content_type="application/problem+json")
    response.headers.update(headers or {})
    return response
