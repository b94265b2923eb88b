"""One laid-out label as ZPL: the dots of ``label_picture`` and none other.

Rectangles and level or upright lines are ``^GB``; whatever else is black (text, symbols, round corners, what has white
on it) follows as pictures. No text of a label stands in the ZPL as text, so that no text can be a command, and no
printer lacks a character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw

from labels.errors import LabelError
from labels.layout.dots import MM_PER_INCH
from labels.layout.fonts import Fonts
from labels.layout.model import Fill, Frame, LaidOut, Mark, Stroke
from labels.output.png import label_picture
from labels.output.zpl.graphics import Compression, graphic_field
from labels.output.zpl.rfid import tag_fields

_MOST_COPIES = 99_999_999
# Marks nearer than this are one picture: each picture has a head of some 30 characters.
_NEAR_DOTS = 16


class Box(NamedTuple):
    """Dots from the upper left corner; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


def label_zpl(
    label: LaidOut,
    fonts: Fonts,
    dpi: int = 203,
    write_rfid: bool = False,
    *,
    compression: Compression = "acs",
    labels_to_try: int = 1,
) -> bytes:
    """A format that prints the label so often as it says, and writes its tag if that is wanted.

    Raises TagCopiesError for copies of a label whose tag is written, TagDataError for what fits in no tag,
    FontMissingError as ``label_picture`` does.
    """
    if not 1 <= label.copies <= _MOST_COPIES:
        raise LabelError(f"A label is printed 1 to {_MOST_COPIES} times, not {label.copies}")
    tag = tag_fields(label, labels_to_try) if write_rfid else []
    ink = ImageChops.invert(label_picture(label, fonts, dpi).convert("L"))
    boxes = list(_boxes(label.marks, ink, dpi))
    rest = _without(ink, boxes)
    lines = [
        "^XA",
        # What an earlier job may have left behind: turned, mirrored, reversed, moved.
        "^CI28^PON^PMN^LRN^LS0^LH0,0",
        f"^PW{ink.width}^LL{ink.height}",
        *tag,
        *(_box_field(box) for box in boxes),
        *(_picture_field(rest, box, compression) for box in _parts(rest)),
        f"^PQ{label.copies},0,1,Y",
        "^XZ\n",
    ]
    return "\n".join(lines).encode("ascii")


def _boxes(marks: Iterable[Mark], ink: Image.Image, dpi: int) -> Iterator[Box]:
    """Black rectangles among the marks, as far as they are black all over in the picture."""
    for mark in marks:
        if isinstance(mark, Fill | Frame | Stroke) and mark.colour == "black":
            for box in _sides(mark, dpi / MM_PER_INCH):
                if black := _black_part(box, ink):
                    yield black


def _sides(mark: Fill | Frame | Stroke, per_mm: float) -> list[Box]:
    """The rectangles that a mark consists of, in whole dots; none where it is round or oblique."""
    if isinstance(mark, Stroke):
        return _line(mark, per_mm)
    left, top = mark.x_mm * per_mm, mark.y_mm * per_mm
    right, bottom = left + mark.width_mm * per_mm, top + mark.height_mm * per_mm
    if mark.radius_mm:
        return []
    if isinstance(mark, Fill):
        return [Box(round(left), round(top), round(right), round(bottom))]
    half = mark.weight_mm * per_mm / 2
    outer = Box(round(left - half), round(top - half), round(right + half), round(bottom + half))
    weight = max(1, round(2 * half))
    return [
        outer._replace(bottom=outer.top + weight),
        outer._replace(top=outer.bottom - weight),
        outer._replace(right=outer.left + weight),
        outer._replace(left=outer.right - weight),
    ]


def _line(mark: Stroke, per_mm: float) -> list[Box]:
    weight = max(1, round(mark.weight_mm * per_mm))
    left, right = sorted((mark.x1_mm * per_mm, mark.x2_mm * per_mm))
    top, bottom = sorted((mark.y1_mm * per_mm, mark.y2_mm * per_mm))
    if mark.y1_mm == mark.y2_mm:
        y = round(top - weight / 2)
        return [Box(round(left), y, round(right), y + weight)]
    if mark.x1_mm == mark.x2_mm:
        x = round(left - weight / 2)
        return [Box(x, round(top), x + weight, round(bottom))]
    return []


def _black_part(box: Box, ink: Image.Image) -> Box | None:
    """The box, or it without its outermost dots, if that is black all over; the picture may have rounded otherwise."""
    for trim in (0, 1):
        for across, down in ((trim, 0), (0, trim), (trim, trim)):
            left, top = max(box.left + across, 0), max(box.top + down, 0)
            right, bottom = min(box.right - across, ink.width), min(box.bottom - down, ink.height)
            if left < right and top < bottom and ink.crop((left, top, right, bottom)).getextrema() == (255, 255):
                return Box(left, top, right, bottom)
    return None


def _without(ink: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """What is black and in no box."""
    rest = ink.copy()
    draw = ImageDraw.Draw(rest)
    for box in boxes:
        draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=0)
    return rest


def _parts(ink: Image.Image) -> Iterator[Box]:
    """Bands, and columns in them, that have something black; blank dots between them are not sent."""
    for top, bottom in _stretches(ink.getprojection()[1]):
        band = ink.crop((0, top, ink.width, bottom))
        for left, right in _stretches(band.getprojection()[0]):
            _, first, _, last = band.crop((left, 0, right, band.height)).getbbox() or (0, 0, 0, band.height)
            yield Box(left, top + first, right, top + last)


def _stretches(has_ink: Sequence[int]) -> list[tuple[int, int]]:
    """Where along one side there is ink, blanks of less than a few dots included."""
    found: list[tuple[int, int]] = []
    for place in (place for place, is_dark in enumerate(has_ink) if is_dark):
        if found and place - found[-1][1] < _NEAR_DOTS:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _box_field(box: Box) -> str:
    """A filled rectangle: a frame as thick as its smaller side."""
    width, height = box.right - box.left, box.bottom - box.top
    return f"^FO{box.left},{box.top}^GB{width},{height},{min(width, height)},B,0^FS"


def _picture_field(ink: Image.Image, box: Box, compression: Compression) -> str:
    return f"^FO{box.left},{box.top}{graphic_field(ink.crop(box), compression)}^FS"
