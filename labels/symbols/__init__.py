"""Symbols that a camera or a scanner reads."""
