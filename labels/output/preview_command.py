"""``python -m labels preview``: a design with some content as a picture or a PDF, for people who make designs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labels.errors import LabelError, TemplateError
from labels.layout.compose import lay_out
from labels.layout.content import LabelContent
from labels.layout.design import Template
from labels.layout.fonts import load_fonts
from labels.layout.kinds import fields_of
from labels.layout.templates import LANGUAGES, load_template
from labels.output.pdf import labels_pdf
from labels.output.png import label_png


def add_to(commands: Any) -> None:
    """Make the command known to the parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "preview", help="draw a label's design with some content as a PNG or a PDF"
    )
    parser.add_argument("design", help="name of the design, such as element-100x70")
    parser.add_argument("--content", type=Path, help="JSON: a label or a list of labels (default: a sample)")
    parser.add_argument("--out", type=Path, required=True, help="a file that ends in .png or .pdf")
    parser.add_argument("--language", choices=LANGUAGES, default="zh")
    parser.add_argument("--dpi", type=int, default=203, help="dots an inch of the PNG (default: 203)")
    parser.add_argument("--sheet", default="label", help="of the PDF: label, a4, or the name of a sheet of labels")
    parser.add_argument("--designs", type=Path, action="append", default=[], help="a folder with designs of your own")
    parser.add_argument("--fonts", type=Path, default=Path("static/vendor/fonts"), help="the folder with the fonts")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    """0 and a file, or 1 and what is wrong."""
    try:
        chosen.out.write_bytes(_drawn(chosen))
    except (LabelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _drawn(chosen: argparse.Namespace) -> bytes:
    design, fonts = load_template(chosen.design, chosen.designs), load_fonts(chosen.fonts)
    contents = _contents(chosen.content) if chosen.content else [sample_content(design)]
    labels = [lay_out(design, content, fonts, chosen.language) for content in contents]
    match chosen.out.suffix.lower():
        case ".pdf":
            return labels_pdf(labels, fonts, chosen.sheet)
        case ".png" if len(labels) == 1:
            return label_png(labels[0], fonts, chosen.dpi)
        case ".png":
            raise LabelError(f"{chosen.content} has {len(labels)} labels: a PNG shows one, ask for a .pdf")
    raise LabelError(f"{chosen.out} must end in .png or .pdf")


def sample_content(design: Template) -> LabelContent:
    """What a label of this design's kind looks like in a plant."""
    return LabelContent({name: str(field["sample"]) for name, field in fields_of(design.label).items()})


def _contents(path: Path) -> list[LabelContent]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise TemplateError(f"{path} is not JSON: {error}") from error
    rows: Sequence[Any] = data if isinstance(data, list) else [data]
    return [_content(row, f"{path}, label {number}") for number, row in enumerate(rows, 1)]


def _content(row: Any, source: str) -> LabelContent:
    if not isinstance(row, Mapping) or not isinstance(row.get("fields"), Mapping):
        raise TemplateError(f'{source}: a label is an object such as {{"fields": {{"code": "A-03"}}}}')
    unknown = set(row) - {"fields", "epc_hex", "user_memory_hex", "copies"}
    if unknown:
        raise TemplateError(f"{source} has {', '.join(sorted(map(str, unknown)))}, of which we know nothing")
    wrong = [name for name, text in row["fields"].items() if not isinstance(text, str)]
    if wrong:
        raise TemplateError(f"{source}: {', '.join(wrong)} must be given as text")
    copies = row.get("copies", 1)
    if isinstance(copies, bool) or not isinstance(copies, int) or not 1 <= copies <= 1000:
        raise TemplateError(f"{source}: copies must be a whole number from 1 to 1000, not {copies!r}")
    tag = {name: str(row.get(name, "")) for name in ("epc_hex", "user_memory_hex")}
    return LabelContent(row["fields"], tag["epc_hex"], tag["user_memory_hex"], copies)
