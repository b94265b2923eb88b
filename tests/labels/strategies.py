"""Arbitrary valid keys for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from labels.keys import gs1
from labels.keys.gs1 import Key

CHARACTERS = "".join(sorted(gs1.character_set_82()))


def text(longest: int) -> st.SearchStrategy[str]:
    """A serial, lot or extension of up to so many of the allowed characters."""
    return st.text(alphabet=CHARACTERS, min_size=1, max_size=longest)


def digits(count: int) -> st.SearchStrategy[str]:
    """Exactly so many digits."""
    return st.text(alphabet="0123456789", min_size=count, max_size=count)


def number_below(limit: int) -> st.SearchStrategy[str]:
    """A number without leading zeros."""
    return st.integers(0, limit - 1).map(str)


@st.composite
def keys(draw: st.DrawFn, kind: str, serial: st.SearchStrategy[str], gcp_length: int) -> Key:
    """A valid key of an EPC kind, with a company prefix of the given length."""
    prefix = draw(digits(gcp_length))
    if kind in ("sgtin", "lgtin"):
        item = draw(digits(12 - gcp_length))
        gtin = gs1.gtin(prefix, item, draw(st.integers(0, 9)))
        return {"01": gtin, "21" if kind == "sgtin" else "10": draw(serial)}
    if kind == "sscc":
        return gs1.load_key(prefix, draw(digits(16 - gcp_length)), draw(st.integers(0, 9)))
    if kind == "giai":
        return gs1.asset_key(prefix, draw(serial))
    reference = draw(digits(12 - gcp_length))
    if kind == "grai":
        return gs1.mould_key(prefix, reference, draw(serial))
    return gs1.party_key(prefix, reference) if kind == "pgln" else gs1.place_key(prefix, reference, draw(serial))
