"""An independent encoder for the schemes of TDS 1.x: the epcpy library."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass


@dataclass(frozen=True)
class WitnessTag:
    """What the independent library makes of an EPC URI."""

    hex: str
    tag_uri: str


def witness_tag(epc_uri: str, scheme: str, filter_value: int) -> WitnessTag:
    """The tag memory in whole 16-bit words, and the tag URI, as epcpy writes them."""
    kind = scheme.split("-")[0]
    with warnings.catch_warnings():
        # Its regular expressions hold escapes that newer Pythons warn of when they compile the file.
        warnings.simplefilter("ignore")
        module = importlib.import_module(f"epcpy.epc_schemes.{kind}")
    scheme_class = getattr(module, kind.upper())
    coding = scheme_class.BinaryCodingScheme(scheme)
    chosen_filter = getattr(module, f"{kind.upper()}FilterValue")(str(filter_value))
    identity = scheme_class(epc_uri)
    options = {"binary_coding_scheme": coding, "filter_value": chosen_filter}
    bits = identity.binary(**options)
    missing = -len(bits) % 16
    digits = (len(bits) + missing) // 4
    return WitnessTag(f"{int(bits, 2) << missing:0{digits}X}", identity.tag_uri(**options))
