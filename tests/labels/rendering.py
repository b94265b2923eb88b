"""PDF files as pictures, by poppler; codes in pictures, by zxing-cpp."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader


def pictures(pdf: bytes, folder: Path, dots_per_inch: int, *options: str) -> list[Image.Image]:
    """Every page as a grey picture; skips the test where pdftoppm is missing."""
    pdftoppm = shutil.which("pdftoppm")
    if pdftoppm is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    source = folder / "labels.pdf"
    source.write_bytes(pdf)
    command: Sequence[str | Path] = [pdftoppm, "-r", str(dots_per_inch), *options, source, folder / "page"]
    subprocess.run(command, check=True)
    found = []
    for path in sorted(folder.glob("page-*.p[gb]m")):
        with Image.open(path) as page:
            found.append(page.convert("L"))
        path.unlink()
    return found


def codes(picture: Image.Image) -> list[str]:
    """What the symbols in a picture say, from the top left to the lower right."""
    found = zxingcpp.read_barcodes(picture)
    return [
        code.bytes.decode()
        for code in sorted(found, key=lambda code: (code.position.top_left.y // 50, code.position.top_left.x))
    ]


def words(pdf: bytes, page: int = 0) -> str:
    """The page's text, blanks between lines made one."""
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[page].extract_text().split())
