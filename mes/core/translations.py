"""Languages: catalogues are plain `.po` files, read when the program starts; there is nothing to compile."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = ("zh_CN", "en")
ROOMS = Path(__file__).parents[1]


@cache
def catalogue(locale: str) -> dict[str, str]:
    """Every room's translations into `locale`, message id to text; empty for English, the source language."""
    merged: dict[str, str] = {}
    for file in sorted(ROOMS.glob(f"*/translations/{locale}.po")):
        with file.open("rb") as stream:
            for message in read_po(stream, locale=locale):
                if message.id and message.string and not message.fuzzy:
                    merged[str(message.id)] = str(message.string)
    return merged


def translate(message: str, locale: str) -> str:
    """`message` in `locale`, or itself where no translation is known."""
    return catalogue(locale).get(message, message)
