"""The pieces of an SVG drawing, with every text escaped."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr


def number(value: float) -> str:
    """A coordinate, short: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, width: float, height: float, attributes: str, title: str = "") -> str:
    """A rectangle; `attributes` are written as they are."""
    place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
    if title:
        return f"<rect {place} {attributes}><title>{text_content(title)}</title></rect>"
    return f"<rect {place} {attributes}/>"


def path(points: str, attributes: str) -> str:
    """A path."""
    return f'<path d="{points}" {attributes}/>'


def text(x: float, y: float, words: str, attributes: str = "") -> str:
    """One line of text."""
    return f'<text x="{number(x)}" y="{number(y)}" {attributes}>{text_content(words)}</text>'


def group(parts: list[str], attributes: str = "", title: str = "") -> str:
    """Parts that share attributes and a tooltip."""
    inner = f"<title>{text_content(title)}</title>" if title else ""
    return f"<g {attributes}>{inner}{''.join(parts)}</g>"


def attribute(name: str, value: str) -> str:
    """One attribute with its value quoted."""
    return f"{name}={quoteattr(value)}"


_CONTROLS = {code: "\ufffd" for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}


def text_content(words: str) -> str:
    """Text as XML may hold it: escaped, without characters that XML forbids."""
    return escape(words.translate(_CONTROLS))
