"""Concrete: mixes with their maturity, curing curves judged and predicted, strength evaluated over a period."""
