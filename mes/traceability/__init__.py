"""Traceability: the ledger's events in the shapes that cities and partners read, and their delivery."""
