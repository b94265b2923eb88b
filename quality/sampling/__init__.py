"""Lots (检验批) of pieces, which pieces of a lot are measured, and what a sample says about its lot."""

from quality.sampling.choosing import chosen_ordinals
from quality.sampling.lots import Lot, build_lots
from quality.sampling.outcome import LotOutcome, LotState, lot_outcome

__all__ = ["Lot", "LotOutcome", "LotState", "build_lots", "chosen_ordinals", "lot_outcome"]
