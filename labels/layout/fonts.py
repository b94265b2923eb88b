"""The fonts of printed labels: static TrueType files that the caller provides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from labels.errors import FontMissingError

REGULAR_FILE = "NotoSansSC-Regular.ttf"
BOLD_FILE = "NotoSansSC-Bold.ttf"


@dataclass(frozen=True)
class Fonts:
    """Names under which reportlab knows the two faces; only the characters used are embedded."""

    regular: str
    bold: str

    def face(self, name: str) -> str:
        """The reportlab name of ``regular`` or ``bold``."""
        return self.bold if name == "bold" else self.regular


def load_fonts(font_dir: Path | str) -> Fonts:
    """Make the two faces in the folder known to reportlab.

    Raises FontMissingError where a file is not there or is no TrueType font with glyf outlines.
    """
    folder = Path(font_dir).resolve()
    return Fonts(_register(folder / REGULAR_FILE), _register(folder / BOLD_FILE))


@lru_cache(maxsize=16)
def _register(path: Path) -> str:
    if not path.is_file():
        raise FontMissingError(f"The font file {path.name} is not in {path.parent}; fetch the assets first")
    name = f"{path.stem}-{sha256(str(path).encode()).hexdigest()[:8]}"
    try:
        pdfmetrics.registerFont(TTFont(name, str(path)))
    except TTFError as error:
        raise FontMissingError(f"The font file {path} cannot be embedded: {error}") from error
    return name
