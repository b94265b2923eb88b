"""Symbols as pictures of 203 dots an inch, and what happens to them in a yard: turned, blurred, faded, dirty."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

from labels.symbols.code128 import code128_png
from labels.symbols.qr import qr_fit, qr_png

DPI = 203
BLACK, GREY, WHITE = 0, 128, 255
_QUIET = 4


@dataclass(frozen=True)
class QrPicture:
    """A picture of a QR symbol with its quiet zone; ``modules`` on a side without it, each so many ``dots`` wide."""

    image: Image.Image
    modules: int
    dots: int

    def area(self) -> float:
        """The symbol's area without quiet zone, in dots."""
        return float((self.modules * self.dots) ** 2)

    def clean_ground(self) -> np.ndarray:
        """Where dirt may fall: the symbol but for its finder patterns with the format information beside them."""
        ground = np.zeros((self.modules, self.modules), dtype=bool)
        ground[:] = True
        ground[:9, :9] = ground[:9, -8:] = ground[-8:, :9] = False
        return np.kron(np.pad(ground, _QUIET), np.ones((self.dots, self.dots), dtype=bool)).astype(bool)


def qr_picture(text: str, field_mm: float = 30) -> QrPicture:
    """The symbol as a printer of 203 dots an inch puts it into a field of this size."""
    fit = qr_fit(text, field_mm, DPI)
    image = Image.open(io.BytesIO(qr_png(text, fit.dots_a_module))).convert("L")
    return QrPicture(image, fit.modules, fit.dots_a_module)


def code128_picture(text: str, module_dots: int = 2, height_dots: int = 80, *, gs1: bool = False) -> Image.Image:
    """A bar code with its quiet zones, and some paper above and below."""
    bars = Image.open(io.BytesIO(code128_png(text, module_dots, height_dots, gs1=gs1))).convert("L")
    paper = Image.new("L", (bars.width, bars.height + 40), WHITE)
    paper.paste(bars, (0, 20))
    return paper


def read(image: Image.Image) -> list[str]:
    """The texts of all symbols that zxing-cpp finds."""
    return [found.bytes.decode() for found in zxingcpp.read_barcodes(image)]


def turned(image: Image.Image, degrees: float) -> Image.Image:
    """On white paper, turned about its middle."""
    side = math.ceil(math.hypot(*image.size)) + 20
    paper = Image.new("L", (side, side), WHITE)
    paper.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return paper.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=WHITE)


def faded(image: Image.Image, dark: int, light: int) -> Image.Image:
    """The same with these shades for ink and paper; ``dark`` above ``light`` is an inverted symbol."""
    return image.point([round(dark + (light - dark) * shade / 255) for shade in range(256)])


def blotted(picture: QrPicture, seed: int, share: float, blots: int, shade: int) -> Image.Image:
    """Round blots of one size, at places by chance, that together cover this share of the symbol's area.

    Finder patterns and format information stay clean. The blots grow until their union covers the share.
    """
    chance = random.Random(seed)
    edge, width = _QUIET * picture.dots, picture.modules * picture.dots
    middles = [(edge + chance.uniform(0, width), edge + chance.uniform(0, width)) for _ in range(blots)]
    ground, smallest, largest = picture.clean_ground(), 0.0, float(width)
    for _ in range(10):
        radius = (smallest + largest) / 2
        covered = _discs(picture.image.size, middles, radius) & ground
        smallest, largest = (radius, largest) if covered.sum() < share * picture.area() else (smallest, radius)
    dirt = _discs(picture.image.size, middles, largest) & ground
    assert dirt.sum() >= share * picture.area()
    return Image.fromarray(np.where(dirt, shade, np.asarray(picture.image)).astype(np.uint8))


def scratched(picture: QrPicture, seed: int, scratches: int, width_modules: float, shade: int) -> Image.Image:
    """Straight scratches right across the symbol, at places and angles by chance, sparing what ``blotted`` spares."""
    chance = random.Random(seed)
    edge, width = _QUIET * picture.dots, picture.modules * picture.dots
    layer = Image.new("1", picture.image.size)
    draw = ImageDraw.Draw(layer)
    for _ in range(scratches):
        x, y, angle = edge + chance.uniform(0, width), edge + chance.uniform(0, width), chance.uniform(0, math.pi)
        across, down = width * 2 * math.cos(angle), width * 2 * math.sin(angle)
        weight = round(width_modules * picture.dots)
        draw.line((x - across, y - down, x + across, y + down), fill=1, width=weight)
    dirt = np.asarray(layer) & picture.clean_ground()
    return Image.fromarray(np.where(dirt, shade, np.asarray(picture.image)).astype(np.uint8))


def _discs(size: tuple[int, int], middles: Iterable[tuple[float, float]], radius: float) -> np.ndarray:
    layer = Image.new("1", size)
    draw = ImageDraw.Draw(layer)
    for x, y in middles:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1)
    return np.asarray(layer)
