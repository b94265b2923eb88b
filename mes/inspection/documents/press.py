"""What documents are made with: the fonts, the place where files are kept, and the address codes point to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.errors import FontMissingError
from labels.layout.fonts import REGULAR_FILE, Fonts, load_fonts
from mes.config import Settings
from mes.core.assets import STATIC_DIR
from mes.core.errors import Unavailable
from mes.core.files import FileStore
from mes.core.text import N_, Text
from mes.inspection.documents.drawing import render


class FontsMissing(Unavailable):
    """The fonts that documents embed are not on this machine."""


@dataclass(frozen=True)
class CertificatePress:
    """Makes documents: fonts from `font_dir`, files into `store`, codes that lead to `public_url`."""

    store: FileStore
    font_dir: Path
    public_url: str

    def fonts(self) -> Fonts:
        """The two faces, known to reportlab. Call it before a transaction: the first time takes a second.

        Raises:
            FontsMissing: a font file is not there; says how to get it.
        """
        try:
            return load_fonts(self.font_dir)
        except FontMissingError as error:
            raise FontsMissing(
                Text(
                    N_("The fonts for documents are missing in %(folder)s; fetch the assets with: mes assets"),
                    {"folder": str(self.font_dir)},
                )
            ) from error

    def warm(self) -> None:
        """Load the fonts where they are, so that no transaction has to wait for them."""
        if (self.font_dir / REGULAR_FILE).exists():
            self.fonts()

    def render(self, kind: str, content: Mapping[str, Any]) -> bytes:
        """The PDF of a paper; a pure function of its content, the fonts and the kept pictures it names.

        Raises:
            FontsMissing: a font file is not there.
        """
        return render(kind, content, self.fonts(), self.store)

    def verify_url(self, number: str) -> str:
        """The public address at which anybody can ask whether the paper of a number is genuine."""
        return f"{self.public_url}/verify/{number}"

    def element_url(self, digital_link: str) -> str:
        """The address of an element's page here: the path of its Digital Link below our own address."""
        path = "/".join(digital_link.split("/")[3:])
        return f"{self.public_url}/{path}"


def press_of(settings: Settings) -> CertificatePress:
    """The press of an installation."""
    return CertificatePress(
        store=FileStore(settings.data / "files"),
        font_dir=STATIC_DIR / "vendor" / "fonts",
        public_url=settings.effective_public_url,
    )


_press: list[CertificatePress] = []


def use_press(press: CertificatePress) -> None:
    """What jobs of this process make papers with; the worker says it when it starts."""
    _press[:] = [press]


def the_press() -> CertificatePress:
    """The press of this process.

    Raises:
        FontsMissing: this process was never told where its fonts and files are.
    """
    if not _press:
        raise FontsMissing(Text(N_("This process makes no papers; the worker does")))
    return _press[0]
