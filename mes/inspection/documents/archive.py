"""What makes a PDF one for archives: PDF/A-2b (ISO 19005-2).

The profile that says what colours mean, metadata inside the file, an identity, and times that are those of the paper's
issue. Fonts are embedded by `Paper`; nothing is transparent or encrypted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.sax.saxutils import escape

from reportlab.lib.utils import TimeStamp
from reportlab.pdfbase.pdfdoc import (
    XMP,
    PDFArray,
    PDFCatalog,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas

from mes.inspection.documents.srgb import NAME, srgb_profile

PROGRAM = "precast-mes"
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Imprint:
    """What a file says of itself. `issued_at` is its only time; `basis` is what its identity is made of."""

    title: str
    author: str = PROGRAM
    subject: str = ""
    issued_at: datetime = UNDATED
    basis: str = ""

    @property
    def document_id(self) -> UUID:
        """The same for the same paper."""
        words = "\n".join((self.title, self.author, self.subject, self.issued_at.isoformat(), self.basis))
        return uuid5(NAMESPACE_URL, words)


def make_archival(canvas: Canvas, imprint: Imprint) -> None:
    """Give a canvas that nothing was saved of yet all that PDF/A-2b asks for beside its pages."""
    document: Any = vars(canvas)["_doc"]
    info = document.info
    info.title, info.author, info.subject = imprint.title, imprint.author, imprint.subject or imprint.title
    info.creator = PROGRAM
    document._timeStamp = _time_stamp(imprint.issued_at)
    mark = imprint.document_id.hex.encode()
    document._ID = b"\n[<" + mark + b"><" + mark + b">]\n"
    catalog = document.Catalog
    catalog.__NoDefault__ = catalog.__Refs__ = [*PDFCatalog.__NoDefault__, "OutputIntents"]
    catalog.Metadata = XMP(creator=lambda _document: _metadata(imprint, info.producer))
    catalog.OutputIntents = PDFArray([_output_intent(document)])


def with_line_ends(pdf: bytes) -> bytes:
    """The file with an end of line before each `endstream`, which reportlab leaves out (ISO 19005-2 clause 6.1.7.1)."""
    table = int(pdf[pdf.rindex(b"startxref") + 9 :].split()[0])
    head, rest = pdf[table:].split(b"trailer", 1)
    lines = head.splitlines()
    offsets = sorted(int(line[:10]) for line in lines[2:] if line[17:18] == b"n")
    moved, parts = {}, [pdf[: offsets[0]]]
    size = offsets[0]
    for start, end in zip(offsets, [*offsets[1:], table], strict=True):
        part, moved[start] = pdf[start:end], size
        place = part.rfind(b"endstream")
        if place >= 0:
            part = part[:place] + b"\n" + part[place:]
        parts.append(part)
        size += len(part)
    entries = [b"%010d%s" % (moved[int(line[:10])], line[10:]) if line[17:18] == b"n" else line for line in lines[2:]]
    xref = b"\n".join([*lines[:2], *entries])
    trailer = rest[: rest.rindex(b"startxref")]
    return b"".join([*parts, xref, b"\ntrailer", trailer, b"startxref\n%d\n%%%%EOF\n" % size])


def _time_stamp(moment: datetime) -> TimeStamp:
    stamp, in_utc = TimeStamp(1), moment.astimezone(UTC)
    stamp.t, stamp.lt = in_utc.timestamp(), time.gmtime(in_utc.timestamp())
    stamp.YMDhms, stamp.dhh, stamp.dmm, stamp.tzname = tuple(stamp.lt)[:6], 0, 0, "UTC"
    return stamp


def _output_intent(document: Any) -> PDFDictionary:
    profile = PDFStream(dictionary=PDFDictionary({"N": 3}), content=srgb_profile())
    return PDFDictionary(
        {
            "Type": PDFName("OutputIntent"),
            "S": PDFName("GTS_PDFA1"),
            "OutputConditionIdentifier": PDFString(NAME),
            "Info": PDFString(NAME),
            "DestOutputProfile": document.Reference(profile),
        }
    )


def _metadata(imprint: Imprint, producer: str) -> bytes:
    day = imprint.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    identity = f"urn:uuid:{imprint.document_id}"
    return METADATA.format(
        title=escape(imprint.title),
        author=escape(imprint.author),
        subject=escape(imprint.subject or imprint.title),
        producer=escape(producer),
        program=PROGRAM,
        day=day,
        identity=identity,
    ).encode()


METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <xmp:CreatorTool>{program}</xmp:CreatorTool>
   <xmp:CreateDate>{day}</xmp:CreateDate>
   <xmp:ModifyDate>{day}</xmp:ModifyDate>
   <xmp:MetadataDate>{day}</xmp:MetadataDate>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdf:Producer>{producer}</pdf:Producer>
   <pdf:Keywords></pdf:Keywords>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
   <xmpMM:DocumentID>{identity}</xmpMM:DocumentID>
   <xmpMM:InstanceID>{identity}</xmpMM:InstanceID>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
