"""Icons drawn into a page itself, so that it needs no further file: from the sprite that all pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from markupsafe import Markup

SYMBOL = re.compile(r'<symbol id="([\w-]+)".*?</symbol>', re.DOTALL)


@cache
def _sprite(folder: str) -> dict[str, str]:
    """Each symbol of the sprite by its name; none where the third-party files are not installed."""
    file = Path(folder) / "vendor" / "icons.svg"
    if not file.exists():
        return {}
    return {found[1]: re.sub(r"\s*\n\s*|(?<=>)\s+(?=<)", "", found[0]) for found in SYMBOL.finditer(file.read_text())}


def symbols(folder: str, names: Iterable[str]) -> Markup:
    """The symbols of some icons, each once, to stand in the page and be used by `#name`."""
    sprite = _sprite(folder)
    return Markup("".join(sprite[name] for name in sorted(set(names)) if name in sprite))  # noqa: S704 - our own file
