"""What a person would not send, but somebody will: answered with a 4xx, never a 500, and nothing changed."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from mes.core.errors import InvalidInput
from mes.core.files import check_photo
from mes.core.ids import new_id


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\t/evil.example", "/\n/evil", "/a\r\nX: y"]
)
def test_signing_in_leads_nowhere_else(app: Flask, target: str) -> None:
    page = app.test_client().get("/sign-in", query_string={"next": target})
    assert page.status_code == 200
    assert "evil" not in page.text


@pytest.mark.parametrize(
    "path", ["/elements?text=%00", "/library/types/%00", "/files/%00", "/api/v1/elements?project=%00"]
)
def test_a_null_character_is_refused(client_as: Callable[..., FlaskClient], path: str) -> None:
    assert client_as("planner").get(path).status_code in (404, 422)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"{", b"\xff\xfe", b"null", b"7"])
def test_json_that_is_none_is_refused(client_as: Callable[..., FlaskClient], body: bytes) -> None:
    answer = client_as("planner").post("/api/v1/elements/1/hold", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"


def test_a_workbook_that_is_no_file_is_refused(client_as: Callable[..., FlaskClient]) -> None:
    answer = client_as("planner").post("/api/v1/orders", data={"workbook": "text", "command_id": str(new_id())})
    assert answer.status_code == 422


def test_a_wrong_method_says_which_are_right(client_as: Callable[..., FlaskClient]) -> None:
    answer = client_as("planner").delete("/api/v1/elements/1")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def picture(kind: str) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((200, 200), 60).convert("RGB").save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", picture("JPEG")[:4000], picture("PNG")[:30], picture("GIF"), b"<svg/>"]
)
def test_a_photo_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        check_photo(content)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_whole_photo_is_taken(kind: str) -> None:
    assert check_photo(picture(kind)) == f"image/{kind.lower()}"
