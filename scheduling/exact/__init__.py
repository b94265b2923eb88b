"""The exact side of the engine: the constraint model for proofs, and lower bounds on the total."""
