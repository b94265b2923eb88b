"""What documents are made with: the fonts, the place where files are kept, and the address codes point to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labels.errors import FontMissingError
from labels.layout.fonts import REGULAR_FILE, Fonts, load_fonts
from mes.config import Settings
from mes.core.assets import STATIC_DIR
from mes.core.errors import Unavailable
from mes.core.files import FileStore
from mes.core.text import N_, Text


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
