"""The compiled timing simulator: decisions in, exact times out."""
