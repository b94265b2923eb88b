"""Codes of the national standard atlases (国标图集 15G365 to 15G368), turned into geometry and quantities."""

from mes.library.atlas.model import AtlasType, Family, Opening, TypeCodeError
from mes.library.atlas.parse import normalise_code, parse_type_code

__all__ = ["AtlasType", "Family", "Opening", "TypeCodeError", "normalise_code", "parse_type_code"]
