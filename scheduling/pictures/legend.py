"""The style of a chart, its hatchings, and the legend above it."""

from __future__ import annotations

from collections.abc import Mapping

from scheduling.pictures import svg
from scheduling.pictures.palette import Colour

HEIGHT = 62.0
STYLE = (
    ".open{fill:#fff;stroke:#d9dee3;stroke-width:.4}"
    ".closed{fill:#e6e9ed}"
    ".overtime{fill:#fff3c4}"
    ".grid{stroke:#b9c2cb;stroke-width:.25;opacity:.6;fill:none}"
    ".midnight{stroke:#56616c;stroke-width:.7;fill:none}"
    ".day{font-weight:600;fill:#2b333b}"
    ".hour{font-size:7px;fill:#66717c;text-anchor:middle}"
    ".line{font-size:13px;font-weight:700;fill:#1b1f24}"
    ".station{font-size:9px;fill:#2b333b}"
    ".note{font-size:7px;fill:#66717c}"
    ".again{font-size:6px;fill:#56616c;stroke:#fff;stroke-width:1.4;paint-order:stroke}"
    ".id{dominant-baseline:central}"
    ".mid{text-anchor:middle;dominant-baseline:central}"
    ".late{fill:none;stroke:#d3122a;stroke-width:1}"
    ".late-thin{fill:none;stroke:#d3122a;stroke-width:.5}"
    ".minutes-late{font-size:5px;font-weight:600;fill:#d3122a;stroke:#fff;stroke-width:1.2;paint-order:stroke}"
    ".changeover{fill:#1b1f24}"
    ".past{fill:#fff;opacity:.55}"
    ".now{stroke:#d3122a;stroke-width:1;stroke-dasharray:4 2;fill:none}"
    ".now-word{font-size:7px;font-weight:700;fill:#d3122a;text-anchor:end}"
    ".area{fill:#7d8fa3;opacity:.75}"
    ".limit{stroke:#2b333b;stroke-width:.6;stroke-dasharray:3 2;fill:none}"
    ".caption{font-size:12px;font-weight:600;fill:#1b1f24}"
)
_SWATCH, _TEXT, _SPACE, _CHARACTER = 14.0, 4.0, 14.0, 5.2
_SIGNS = (
    ("open", "open"),
    ("closed", "closed"),
    ("overtime", "overtime bought"),
    ("changeover", "changeover"),
    ("late", "late"),
)


def patterns(colours: Mapping[str, Colour]) -> str:
    """A hatching in the colour of each family."""
    hatches = [
        f'<pattern id="{colour.hatch}" width="3" height="3" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="3" height="3" fill="{colour.fill}" opacity=".16"/>'
        f'<rect width="1" height="3" fill="{colour.fill}" opacity=".55"/></pattern>'
        for colour in colours.values()
    ]
    return f"<defs>{''.join(hatches)}</defs>"


def legend(caption: str, colours: Mapping[str, Colour], left: float) -> list[str]:
    """What the plan comes to, the families' colours, and what the signs mean."""
    parts = [svg.text(8, 18, caption, 'class="caption"')]
    x = left
    if colours:
        parts.append(svg.text(8, 38, "families", 'class="note"'))
    for family, colour in colours.items():
        parts.append(svg.rect(x, 30, _SWATCH, 10, f'fill="{colour.fill}"'))
        x = _words(parts, x, 38, family or "without a family")
    some = next(iter(colours.values()), None)
    parts.append(svg.text(8, 54, "signs", 'class="note"'))
    x = left
    if some is not None:
        for fill, words in ((some.fill, "work"), (f"url(#{some.hatch})", "waits at the station")):
            parts.append(svg.rect(x, 46, _SWATCH, 10, svg.attribute("fill", fill)))
            x = _words(parts, x, 54, words)
    for name, words in _SIGNS:
        thin = name == "changeover"
        parts.append(svg.rect(x, 51 if thin else 46, _SWATCH, 3 if thin else 10, f'class="{name}"'))
        x = _words(parts, x, 54, words)
    return parts


def _words(parts: list[str], x: float, y: float, words: str) -> float:
    """Words to the right of a swatch; where the next swatch begins."""
    parts.append(svg.text(x + _SWATCH + _TEXT, y, words, 'class="station"'))
    return x + _SWATCH + _TEXT + len(words) * _CHARACTER + _SPACE
