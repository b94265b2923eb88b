"""Device profiles of the simulated machines, as data."""
