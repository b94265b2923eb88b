"""Printers that take labels on a raw socket (TCP 9100): sending, asking, believing only what was answered."""
