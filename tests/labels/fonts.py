"""Where the tests find the fonts of printed labels."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labels.layout.fonts import BOLD_FILE, REGULAR_FILE

_FETCHED = Path(__file__).resolve().parents[2] / "static" / "vendor" / "fonts"


def font_dir() -> Path:
    """The folder with the fonts; skips the test where there is none."""
    for folder in (Path(os.environ.get("MES_FONT_DIR", _FETCHED)), _FETCHED):
        if (folder / REGULAR_FILE).is_file() and (folder / BOLD_FILE).is_file():
            return folder
    pytest.skip(f"no {REGULAR_FILE} in $MES_FONT_DIR or static/vendor/fonts: fetch the assets first")
