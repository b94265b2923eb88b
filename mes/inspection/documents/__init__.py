"""The papers of quality: what stands on them, how they are drawn, numbered, kept and verified."""
