"""What a phone's camera sees in tests: a label held before it, as a y4m video; and photos to choose."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload

from labels import qr_png
from tests.system.main_job import photo

WIDTH_PX, HEIGHT_PX = 640, 480
FRAMES = 10
MODULE_PX = 7


def video_of_label(file: Path, text: str) -> Path:
    """A still video of a label's QR symbol, 640 × 480, colour 4:2:0."""
    symbol = Image.open(io.BytesIO(qr_png(text, MODULE_PX))).convert("L")
    frame = Image.new("L", (WIDTH_PX, HEIGHT_PX), 200)
    frame.paste(symbol, ((WIDTH_PX - symbol.width) // 2, (HEIGHT_PX - symbol.height) // 2))
    grey = bytes([128]) * (WIDTH_PX * HEIGHT_PX // 2)
    picture = b"FRAME\n" + frame.tobytes() + grey
    file.write_bytes(f"YUV4MPEG2 W{WIDTH_PX} H{HEIGHT_PX} F10:1 Ip A1:1 C420\n".encode() + picture * FRAMES)
    return file


def photo_file(text: str) -> FilePayload:
    """A photo as a file input takes it."""
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo(text)}
