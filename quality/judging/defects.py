"""Where on an element a defect was seen, so that it can be drawn on the element's drawing."""

from __future__ import annotations

from dataclasses import dataclass

from quality.catalogue import Dimensions
from quality.verdict import Fault

DEFECT_FACES: dict[str, tuple[str, str]] = {
    "top": ("length_mm", "width_mm"),
    "bottom": ("length_mm", "width_mm"),
    "front": ("length_mm", "thickness_mm"),
    "back": ("length_mm", "thickness_mm"),
    "left": ("width_mm", "thickness_mm"),
    "right": ("width_mm", "thickness_mm"),
}
"""Faces, and which sizes of the element x and y run along: `top` is trowelled, `bottom` lay on the pallet."""


@dataclass(frozen=True)
class DefectPlace:
    """A point on a face, in mm from its lower left corner as one looks at the face."""

    face: str
    x_mm: float
    y_mm: float


def place_fault(place: DefectPlace, dimensions: Dimensions, path: str = "$") -> Fault | None:
    """What is wrong with a place: an unknown face, or a point beside the element; None where it can be true."""
    if place.face not in DEFECT_FACES:
        return Fault(f"{path}.face", f"unknown face {place.face!r}; known are {', '.join(DEFECT_FACES)}")
    for name, value, along in zip(("x_mm", "y_mm"), (place.x_mm, place.y_mm), DEFECT_FACES[place.face], strict=True):
        size = getattr(dimensions, along)
        if not 0 <= value <= size:
            return Fault(
                f"{path}.{name}", f"{value:g} mm is beside the {place.face} face of {size:g} mm; where was it?"
            )
    return None
