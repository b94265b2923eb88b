"""An element's two faces drawn to scale, for showing and for tapping a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

FACES = ("top", "bottom")
MARGIN = 0.03  # of the longer side
MARK = 0.028  # radius of a mark, of the longer side


class Drawn(Protocol):
    """What has a face to draw, in millimetres; openings lie on the top face as one looks at it."""

    @property
    def length_mm(self) -> int: ...
    @property
    def width_mm(self) -> int: ...
    @property
    def openings(self) -> Iterable[Any]: ...


@dataclass(frozen=True)
class FacePicture:
    """The shapes of a face, in a picture whose unit is a millimetre; `y` goes down as in SVG."""

    face: str
    view_box: str
    left: float
    top: float
    length_mm: int
    width_mm: int
    openings: tuple[tuple[float, float, float, float], ...]
    mark_mm: float
    marks: tuple[tuple[float, float], ...]


def face_picture(kind: Drawn, face: str, places: Iterable[Mapping[str, Any] | None] = ()) -> FacePicture:
    """A face as one looks at it: length to the right, width upwards; the bottom is the top turned over.

    Args:
        places: marks to draw, each with face, x_mm and y_mm from the face's lower left corner.
    """
    length, width = kind.length_mm, kind.width_mm
    pad = max(length, width) * MARGIN
    return FacePicture(
        face=face,
        view_box=f"0 0 {length + 2 * pad:.0f} {width + 2 * pad:.0f}",
        left=pad,
        top=pad,
        length_mm=length,
        width_mm=width,
        openings=tuple(_opening(one, face, pad, length, width) for one in kind.openings),
        mark_mm=max(length, width) * MARK,
        marks=tuple(
            (pad + place["x_mm"], pad + width - place["y_mm"]) for place in places if place and place["face"] == face
        ),
    )


def _opening(
    opening: Mapping[str, Any], face: str, pad: float, length: int, width: int
) -> tuple[float, float, float, float]:
    x, y, w, h = (float(opening[name]) for name in ("x_mm", "y_mm", "width_mm", "height_mm"))
    if face == "bottom":
        x = length - x - w
    return pad + x, pad + width - y - h, w, h
