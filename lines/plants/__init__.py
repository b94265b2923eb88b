"""The lines of the demo plant, as data."""
