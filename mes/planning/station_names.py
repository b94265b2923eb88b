"""Names of the kinds of station, for readers of any language; a kind that is not here shows the station's own name."""

from __future__ import annotations

from mes.core.text import N_

STATION_NAMES: dict[str, str] = {
    "cleaning": N_("Cleaning"),
    "plotting": N_("Plotting"),
    "plotting-oiling": N_("Plotting and oiling"),
    "oiling": N_("Oiling"),
    "shuttering": N_("Shuttering"),
    "rebar": N_("Rebar"),
    "embeds": N_("Embeds"),
    "hidden-works": N_("Hidden-works check"),
    "casting": N_("Casting"),
    "compaction": N_("Compaction"),
    "roughening": N_("Roughening"),
    "precuring": N_("Pre-curing"),
    "trowelling": N_("Trowelling"),
    "curing": N_("Curing chamber"),
    "demoulding": N_("Demoulding"),
}
