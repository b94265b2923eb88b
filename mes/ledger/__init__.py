"""The append-only event ledger: the spine of traceability."""
