"""How a plant names its things: with its GS1 company prefix, or by the local scheme of ``labels.keys.local``.

Plants that share a company prefix (or a credit code) are told apart by a site number from 0 to 9. The choices that
GS1 leaves to the owner of a prefix – asset types, references, the place of the site number – are data beside this
module. Site 0 writes no trace of itself, so that a single plant's names stay plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import yaml

from labels.errors import (
    CompanyPrefixError,
    KeyFormatError,
    LabelError,
    ReferenceLengthError,
    SchemeError,
    SerialError,
)
from labels.keys.credit_code import require_credit_code
from labels.keys.digital_link import NotDigitalLinkError, digital_link, parse_digital_link
from labels.keys.gs1 import (
    Key,
    asset_key,
    batch_key,
    check_key,
    element_key,
    gtin,
    is_digits,
    load_key,
    mould_key,
    party_key,
    place_key,
    require_company_prefix,
)
from labels.keys.local import (
    NoLocalKeyError,
    is_local,
    key_of_path,
    local_identity,
    local_key,
    local_name,
    local_path,
    local_tag_hex,
)
from labels.keys.urn import divide
from labels.tags.epc import encode_tag

ThingName = Literal["element", "pallet", "mould", "load", "place", "batch", "party", "asset"]

_SITED = re.compile(r"([0-9])-(.*)", re.DOTALL)
_LOCAL_LOAD = re.compile(r"L([0-9])([0-9]{16})")
_LOCAL_PARTY = "0"
_LONGEST_WITH_MATERIALS = 10  # digits of a company prefix that leave two for an item reference
_TAGS = {  # the short scheme that holds numbers, then the long one that holds characters
    "sgtin": ("sgtin-96", "sgtin-198"),
    "sscc": ("sscc-96",),
    "sgln": ("sgln-96", "sgln-195"),
    "grai": ("grai-96", "grai-170"),
    "giai": ("giai-96", "giai-202"),
}


@dataclass(frozen=True)
class Named:
    """What a key of the plant's own scheme says: ``reference`` is the serial, number, lot or code given to Naming.

    The plant itself is a place with an empty reference; the company is a party with an empty reference.
    """

    kind: ThingName
    reference: str
    site_number: int


@cache
def _choices() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("labels.keys").joinpath("naming.yaml").read_text("utf-8"))
    return loaded


def running_numbers_per_site() -> int:
    """How many running numbers a site has: serials of a site are its number times this, plus the running number."""
    return int(_choices()["running_numbers_per_site"])


@dataclass(frozen=True)
class Naming:
    """The names a plant gives.

    ``company_prefix`` has 6 to 12 digits, or is empty for the local scheme, in which ``owner`` (the unified social
    credit code) leads every name. Raises CompanyPrefixError, CreditCodeError or SerialError where they cannot be.
    """

    company_prefix: str
    owner: str
    site_number: int = 0

    def __post_init__(self) -> None:
        """Check what every name will be built on."""
        if isinstance(self.site_number, bool) or not 0 <= self.site_number < _choices()["site_numbers"]:
            raise SerialError(f"A site number is a digit from 0 to 9, not {self.site_number!r}")
        if not self.is_gs1:
            require_credit_code(self.owner)
            return
        require_company_prefix(self.company_prefix)
        if len(self.company_prefix) == 12 and self.site_number:
            raise CompanyPrefixError(
                f"The company prefix {self.company_prefix} has 12 digits and one location number, which leaves no "
                f"room for site {self.site_number}: the site number must be 0"
            )

    @property
    def is_gs1(self) -> bool:
        """Whether names are GS1 keys; else they are local."""
        return bool(self.company_prefix)

    def serial(self, running_number: int) -> int:
        """The serial of a plant's running number, different from those of every other site."""
        per_site = running_numbers_per_site()
        if not 0 <= running_number < per_site:
            raise SerialError(f"A running number is 0 to {per_site - 1}, not {running_number}")
        return self.site_number * per_site + running_number

    def gtin(self, item_reference: int) -> str:
        """The GTIN of an element family; empty in the local scheme, which has none."""
        return gtin(self.company_prefix, item_reference) if self.is_gs1 else ""

    def element(self, item_reference: int, serial: int) -> Key:
        """SGTIN of an element: its family's item reference, and a serial as ``serial`` gives them."""
        if serial // running_numbers_per_site() != self.site_number:
            raise SerialError(f"The serial {serial} is not one of site {self.site_number}")
        if not self.is_gs1:
            return local_key(self.owner, "element", str(serial))
        return element_key(self.company_prefix, item_reference, serial)

    def pallet(self, number: int) -> Key:
        """GRAI of a pallet by its number in the plant."""
        serial = str(self.serial(number))
        if not self.is_gs1:
            return local_key(self.owner, "pallet", serial)
        return mould_key(self.company_prefix, self._asset_type("pallet"), serial)

    def mould(self, code: str) -> Key:
        """GRAI of a mould by its code."""
        if not self.is_gs1:
            return local_key(self.owner, "mould", self._sited(code))
        reference = self._sited(code, always=not self._tells_asset_types)
        return mould_key(self.company_prefix, self._asset_type("mould"), reference)

    def load(self, number: int) -> Key:
        """SSCC of a load by its running number; locally a number led by L, which is no SSCC."""
        if self.is_gs1:
            return load_key(self.company_prefix, number, self.site_number)
        if not 0 <= number < 10**16:
            raise SerialError(f"A load's number has at most 16 digits, {number} has more")
        return local_key(self.owner, "load", f"L{self.site_number}{number:016d}")

    def load_of_code(self, code: str) -> Key:
        """The key behind ``load_code``: an SSCC, or the number of a load in the local scheme."""
        return check_key({"00": code}) if self.is_gs1 else local_key(self.owner, "load", code)

    def place(self, code: str = "") -> Key:
        """SGLN of a place in the plant by its code; without a code the plant itself (its GLN)."""
        if not self.is_gs1:
            return local_key(self.owner, "place", self._sited(code) if code else f"{self.site_number}-")
        if code == "0":
            raise KeyFormatError("A place cannot have the code 0: that says in a GLN's extension that there is none")
        return place_key(self.company_prefix, self.site_number, code or "0")

    def batch(self, lot: str) -> Key:
        """LGTIN of a concrete batch: the plant's own concrete, and the lot."""
        if not self.is_gs1:
            return local_key(self.owner, "batch", self._sited(lot))
        return batch_key(self.company_prefix, self.site_number, lot, _choices()["batch_indicator"])

    def material_gtin(self, kind: str, *, counted: bool = False) -> str:
        """The plant's own GTIN of a kind of material that came in without one of its maker's.

        Empty in the local scheme, for kinds that have no number here, and where the prefix leaves no room for it.
        """
        number = _choices()["material_numbers"].get(kind)
        if number is None or not self.is_gs1 or len(self.company_prefix) > _LONGEST_WITH_MATERIALS:
            return ""
        indicator = 0 if counted else _choices()["batch_indicator"]
        return gtin(self.company_prefix, number * _choices()["site_numbers"] + self.site_number, indicator)

    def party(self) -> Key:
        """PGLN of the company; the same for all its sites."""
        if not self.is_gs1:
            return local_key(self.owner, "party", _LOCAL_PARTY)
        return party_key(self.company_prefix, _choices()["party_reference"])

    def asset(self, code: str) -> Key:
        """GIAI of a machine or a sensor by its code."""
        if not self.is_gs1:
            return local_key(self.owner, "asset", self._sited(code))
        return asset_key(self.company_prefix, self._sited(code))

    def epc_hex(self, key: Mapping[str, str]) -> str:
        """What is written to a tag's EPC memory: 96 bits where the reference is a number, else the longer scheme.

        Raises SchemeError for batches and parties, which no tag names; SerialError for a local reference that is
        not a number.
        """
        if is_local(key):
            return local_tag_hex(key)
        gcp_length = len(self.company_prefix)
        parts = divide(key, gcp_length)
        if parts.company_prefix != self.company_prefix:
            raise CompanyPrefixError(f"The key {dict(key)} is not of the company prefix {self.company_prefix}")
        kind = parts.kind
        if kind not in _TAGS:
            raise SchemeError(f"No tag can carry a key ({'), ('.join(key)}): it names no single thing")
        *short, longest = _TAGS[kind]
        for scheme in short:
            try:
                return encode_tag(scheme, key, gcp_length=gcp_length)
            except SerialError:
                continue
        return encode_tag(longest, key, gcp_length=gcp_length)

    def read(self, key: Mapping[str, str]) -> Named | None:
        """What a key says if it is of this plant's company and scheme, of any of its sites; else None.

        Raises a LabelError where the key itself is wrong.
        """
        if is_local(key):
            return self._read_local(key)
        return self._read_gs1(check_key(key)) if self.is_gs1 else None

    @property
    def _tells_asset_types(self) -> bool:
        """Whether the prefix leaves a digit for the asset type."""
        return len(self.company_prefix) < 12

    def _asset_type(self, name: str) -> int:
        return int(_choices()["asset_types"][name]) if self._tells_asset_types else 0

    def _sited(self, code: str, *, always: bool = False) -> str:
        """The code, led by ``site-`` where the site is not 0, or where the code itself begins as if it were."""
        if not code:
            raise ReferenceLengthError("A code must have at least one character")
        if always or self.site_number or _SITED.fullmatch(code):
            return f"{self.site_number}-{code}"
        return code

    def _read_gs1(self, key: Key) -> Named | None:
        primary = next(iter(key))
        if primary == "8004":
            return self._read_asset(key["8004"])
        if primary == "01" and not {"10", "21"} & set(key):
            return None
        parts = divide(key, len(self.company_prefix))
        if parts.company_prefix != self.company_prefix:
            return None
        return _READERS[parts.kind](parts.reference, parts.serial)

    def _read_asset(self, value: str) -> Named | None:
        if not value.startswith(self.company_prefix) or len(value) == len(self.company_prefix):
            return None
        code, site = _unsited(value[len(self.company_prefix) :])
        return Named("asset", code, site)

    def _read_local(self, key: Mapping[str, str]) -> Named | None:
        name = local_name(key)
        if self.is_gs1 or name.owner != self.owner:
            return None
        kind = cast(ThingName, name.kind)
        if kind in ("element", "pallet"):
            return _read_number(kind, name.reference)
        if kind == "load":
            match = _LOCAL_LOAD.fullmatch(name.reference)
            return Named("load", str(int(match[2])), int(match[1])) if match else None
        if kind == "party":
            return Named("party", "", 0) if name.reference == _LOCAL_PARTY else None
        code, site = _unsited(name.reference)
        return Named(kind, code, site)


def _unsited(reference: str) -> tuple[str, int]:
    match = _SITED.fullmatch(reference)
    return (match[2], int(match[1])) if match else (reference, 0)


def _read_number(kind: ThingName, serial: str) -> Named | None:
    """An element or a pallet: a plain number without leading zeros, of one of the sites."""
    if not is_digits(serial) or serial != str(int(serial)):
        return None
    site, number = divmod(int(serial), running_numbers_per_site())
    if site >= _choices()["site_numbers"]:
        return None
    return Named(kind, serial if kind == "element" else str(number), site)


def _read_sgtin(reference: str, serial: str) -> Named | None:
    return _read_number("element", serial) if reference.startswith("0") else None


def _read_lgtin(reference: str, lot: str) -> Named | None:
    indicator, site = reference[0], int(reference[1:] or "0")
    own = indicator == str(_choices()["batch_indicator"]) and site < _choices()["site_numbers"]
    return Named("batch", lot, site) if own else None


def _read_sscc(reference: str, _serial: str) -> Named:
    return Named("load", str(int(reference[1:])), int(reference[0]))


def _read_grai(reference: str, serial: str) -> Named | None:
    types = {number: name for name, number in _choices()["asset_types"].items()}
    untyped = "pallet" if is_digits(serial) else "mould"
    kind = types.get(int(reference)) if reference else untyped
    if kind == "pallet":
        return _read_number("pallet", serial)
    code, site = _unsited(serial)
    return Named("mould", code, site) if kind else None


def _read_sgln(reference: str, extension: str) -> Named | None:
    site = int(reference or "0")
    return Named("place", "" if extension == "0" else extension, site) if site < _choices()["site_numbers"] else None


def _read_pgln(reference: str, _serial: str) -> Named | None:
    return Named("party", "", 0) if int(reference or "0") == _choices()["party_reference"] else None


_READERS: dict[str, Callable[[str, str], Named | None]] = {
    "sgtin": _read_sgtin,
    "lgtin": _read_lgtin,
    "sscc": _read_sscc,
    "grai": _read_grai,
    "sgln": _read_sgln,
    "pgln": _read_pgln,
}


def identity(key: Mapping[str, str]) -> str:
    """The canonical URI of a key: a Digital Link on https://id.gs1.org, or the URI of the local scheme."""
    return local_identity(key) if is_local(key) else digital_link(key)


def address(key: Mapping[str, str], public_url: str) -> str:
    """The same path on the plant's own address: ``/01/…/21/…`` or ``/id/OWNER/kind/reference``."""
    if is_local(key):
        return public_url.rstrip("/") + local_path(key)
    return digital_link(key, public_url)


def parse_identity(uri: str) -> Key:
    """The key in a Digital Link or in a URI of the local scheme, on any domain.

    Raises NotDigitalLinkError where it is neither, and the error of the wrong part where it is one with a fault.
    """
    try:
        split = urlsplit(uri.strip())
        if split.scheme.lower() in ("http", "https") and split.netloc:
            return key_of_path(split.path)
    except NoLocalKeyError:
        pass
    except LabelError:
        raise
    except ValueError as error:
        raise NotDigitalLinkError(f"{uri} is not a URI") from error
    return parse_digital_link(uri)


def load_code(key: Mapping[str, str]) -> str:
    """The 18 characters people and delivery notes know a load by: its SSCC, or its local number led by L."""
    if not is_local(key):
        sscc = check_key(key).get("00")
        if sscc is None:
            raise KeyFormatError(f"A key of a load was expected, not {dict(key)}")
        return sscc
    name = local_name(key)
    if name.kind != "load":
        raise KeyFormatError(f"A key of a load was expected, not {dict(key)}")
    return name.reference
