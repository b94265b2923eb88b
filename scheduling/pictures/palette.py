"""Colours that remain apart for colour-blind readers: Okabe and Ito (2008), then Tol's muted scheme (2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduling.problem import Problem

_COLOURS = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#b2a100",
    "#332288",
    "#44aa99",
    "#882255",
    "#999933",
    "#117733",
    "#aa4499",
)
_DARK_INK, _LIGHT_INK = "#1b1f24", "#ffffff"
_LUMINANCE_OF_LIGHT_COLOURS = 0.36


@dataclass(frozen=True)
class Colour:
    """The colour of a family, the ink that is read on it, and the id of its hatching."""

    fill: str
    ink: str
    hatch: str


def family_colours(problem: Problem) -> Mapping[str, Colour]:
    """A colour for each family of the problem, in order of their names; '' for jobs without one."""
    families = sorted({job.family or "" for job in problem.jobs})
    return {family: _colour(position) for position, family in enumerate(families)}


def _colour(position: int) -> Colour:
    fill = _COLOURS[position % len(_COLOURS)]
    ink = _DARK_INK if _luminance(fill) > _LUMINANCE_OF_LIGHT_COLOURS else _LIGHT_INK
    return Colour(fill, ink, f"wait-{position}")


def _luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
