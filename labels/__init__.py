"""Identity of things in a precast factory: GS1 keys, EPC tags, scans, symbols and printed labels.

Pure Python: knows neither the application nor a database.
"""

from __future__ import annotations

from labels.errors import LabelError
from labels.keys.digital_link import digital_link, parse_digital_link
from labels.keys.element_string import element_string, parse_element_string
from labels.keys.gs1 import (
    Key,
    asset_key,
    batch_key,
    check_digit,
    check_key,
    element_key,
    has_valid_check_digit,
    load_key,
    mould_key,
    party_key,
    place_key,
)
from labels.keys.urn import epc_uri, parse_epc_uri
from labels.scanning.scan import Scan, kind_of_key, parse
from labels.symbols.code128 import code128_png, code128_svg, draw_code128
from labels.symbols.qr import draw_qr, qr_png, qr_svg
from labels.tags.epc import DecodedTag, decode_tag, encode_sgtin96, encode_tag, encode_tag_uri, tag_uri

__all__ = [
    "DecodedTag",
    "Key",
    "LabelError",
    "Scan",
    "asset_key",
    "batch_key",
    "check_digit",
    "check_key",
    "code128_png",
    "code128_svg",
    "decode_tag",
    "digital_link",
    "draw_code128",
    "draw_qr",
    "element_key",
    "element_string",
    "encode_sgtin96",
    "encode_tag",
    "encode_tag_uri",
    "epc_uri",
    "has_valid_check_digit",
    "kind_of_key",
    "load_key",
    "mould_key",
    "parse",
    "parse_digital_link",
    "parse_element_string",
    "parse_epc_uri",
    "party_key",
    "place_key",
    "qr_png",
    "qr_svg",
    "tag_uri",
]
