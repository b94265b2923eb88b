"""Whether a PDF breaks a clause of ISO 19005-2 (PDF/A-2b) that can be checked without a validator of its own."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as Xml

from PIL import ImageCms
from pypdf import PdfReader

PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
ALLOWED_FILTERS = {"/FlateDecode", "/DCTDecode", "/ASCII85Decode"}


def faults(pdf: bytes) -> list[str]:
    """What is wrong, by clause; empty where nothing was found."""
    reader = PdfReader(io.BytesIO(pdf))
    found = [*_file(pdf, reader), *_metadata(reader), *_colours(reader)]
    for page in reader.pages:
        found += [*_fonts(page), *_pictures(page)]
        if page.get("/Group") or page["/Resources"].get("/ExtGState"):  # type: ignore[union-attr]
            found.append("6.2.10: transparency")
        if page.get("/AA") or page.get("/Annots"):
            found.append("6.3, 6.5: annotations or actions")
    return found


def _file(pdf: bytes, reader: PdfReader) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}", pdf):
        yield "6.1.2: header"
    if "/ID" not in reader.trailer or "/Encrypt" in reader.trailer:
        yield "6.1.3: no document ID, or encrypted"
    if not pdf.endswith(b"%%EOF\n"):
        yield "6.1.3: something behind the end"
    streams = list(re.finditer(rb"/Length (\d+)[^>]*>>\s*?\nstream\n", pdf))
    wrong = [one for one in streams if pdf[one.end() + int(one[1]) :][:10] != b"\nendstream"]
    if not streams or wrong:
        yield f"6.1.7: {len(wrong)} of {len(streams)} streams with a wrong length or end"
    names = set(reader.root_object)
    if names & {"/AcroForm", "/AA", "/OpenAction", "/Names", "/OCProperties"}:
        yield f"6.4 to 6.9: {names}"


def _metadata(reader: PdfReader) -> Iterator[str]:
    stream: Any = reader.root_object["/Metadata"].get_object()
    if "/Filter" in stream:
        yield "6.6.2: metadata is packed"
    tree = Xml.fromstring(stream.get_data().decode("utf-8"))  # noqa: S314 - we wrote it ourselves
    told = {element.tag: element.text for element in tree.iter()}
    if (told.get(f"{PDFAID}part"), told.get(f"{PDFAID}conformance")) != ("2", "B"):
        yield "6.6.4: says no part 2, level B"
    title = next((element.text for element in tree.iter() if element.tag.endswith("}li")), None)
    if reader.metadata is None or reader.metadata.title != title:
        yield "6.6.2: title"
    created = told["{http://ns.adobe.com/xap/1.0/}CreateDate"] or ""
    if reader.metadata and reader.metadata.creation_date and reader.metadata.creation_date.isoformat() != created:
        yield "6.6.2: date"


def _colours(reader: PdfReader) -> Iterator[str]:
    intents: Any = reader.root_object["/OutputIntents"]
    intent = intents[0].get_object()
    profile = intent["/DestOutputProfile"].get_object()
    if intent["/S"] != "/GTS_PDFA1" or profile["/N"] != 3:
        yield "6.2.3: output intent"
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile.get_data()))
    if opened.profile.xcolor_space.strip() != "RGB" or opened.profile.version >= 5:
        yield "6.2.3: profile"


def _fonts(page: Any) -> Iterator[str]:
    for name, reference in page["/Resources"]["/Font"].items():
        font = reference.get_object()
        if "/FontDescriptor" not in font or "/FontFile2" not in font["/FontDescriptor"]:
            yield f"6.2.11.4: font {name} is not embedded"
            continue
        descriptor = font["/FontDescriptor"]
        tables = _cmaps(descriptor["/FontFile2"].get_object().get_data())
        if not descriptor["/Flags"] & 4 or "/Encoding" in font or tables != [(1, 0)]:
            yield f"6.2.11.6: font {name}: flags {descriptor['/Flags']}, encodings {tables}"
        if not re.match(r"/[A-Z]{6}\+", font["/BaseFont"]) or "/ToUnicode" not in font:
            yield f"6.2.11: font {name}: subset's name or characters"


def _cmaps(font: bytes) -> list[tuple[int, int]]:
    """Platform and encoding of each character map of a TrueType font."""
    for number in range(struct.unpack(">H", font[4:6])[0]):
        tag, _check, offset, _length = struct.unpack(">4sIII", font[12 + 16 * number : 28 + 16 * number])
        if tag == b"cmap":
            count = struct.unpack(">H", font[offset + 2 : offset + 4])[0]
            return [struct.unpack(">HH", font[offset + 4 + 8 * n : offset + 8 + 8 * n]) for n in range(count)]
    return []


def _pictures(page: Any) -> Iterator[str]:
    for name, reference in page["/Resources"].get("/XObject", {}).items():
        picture = reference.get_object()
        filters = picture["/Filter"] if isinstance(picture["/Filter"], list) else [picture["/Filter"]]
        if picture["/ColorSpace"] not in ("/DeviceRGB", "/DeviceGray") or "/SMask" in picture:
            yield f"6.2.4, 6.2.10: picture {name}"
        if set(filters) - ALLOWED_FILTERS or picture.get("/Interpolate"):
            yield f"6.2.8: picture {name}: {filters}"
