"""Chinese first: every message that people can see has its Chinese text, with the same places in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from mes.core.translations import catalogue

ROOMS = Path(__file__).parents[2] / "mes"
KEYWORDS = {"_": None, "N_": None, "gettext": None}
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]


def messages(room: Path) -> Iterator[tuple[str, str]]:
    """(message, file) of every marked message of a room."""
    for file, _line, found, _comments, _context in extract_from_dir(
        room, METHODS, {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}, KEYWORDS
    ):
        for message in [found] if isinstance(found, str) else [part for part in found if part]:
            yield message, file


def sandbox_catalogue() -> dict[str, str]:
    """The city platform's stand-in is a program of its own, with its own words."""
    with (ROOMS / "traceability" / "sandbox" / "translations" / "zh_CN.po").open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream) if message.id and message.string}


ALL_ROOMS = sorted(room for room in ROOMS.iterdir() if room.is_dir() and room.name not in ("__pycache__", "cli"))


@pytest.mark.parametrize("room", ALL_ROOMS, ids=lambda room: room.name)
def test_every_message_has_its_chinese_text(room: Path) -> None:
    chinese = catalogue("zh_CN") | (sandbox_catalogue() if room.name == "traceability" else {})
    missing = sorted({f"{file}: {message}" for message, file in messages(room) if message not in chinese})
    assert missing == []


def test_the_houses_own_messages_have_their_chinese_text() -> None:
    found = {message for file in ROOMS.glob("*.py") for message in messages_of_file(file)}
    assert sorted(found - catalogue("zh_CN").keys()) == []
    assert found


def messages_of_file(file: Path) -> Iterator[str]:
    """The marked messages of one Python file."""
    for _line, found, _comments, _context in extract_from_file("python", file, KEYWORDS):
        yield from [found] if isinstance(found, str) else [part for part in found if part]


def test_a_translation_keeps_the_places_of_its_message() -> None:
    wrong = [
        message
        for message, text in catalogue("zh_CN").items()
        if sorted(re.findall(r"%\(\w+\)\w", message)) != sorted(re.findall(r"%\(\w+\)\w", text))
    ]
    assert wrong == []


def test_no_two_rooms_translate_the_same_message_differently() -> None:
    texts: dict[str, set[str]] = {}
    for file in ROOMS.glob("*/translations/zh_CN.po"):
        with file.open("rb") as stream:
            for message in read_po(stream):
                if message.id and message.string:
                    texts.setdefault(str(message.id), set()).add(str(message.string))
    assert {message: found for message, found in texts.items() if len(found) > 1} == {}
