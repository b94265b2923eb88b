"""Open data: the ledger's events and the states of elements of a period, for a city's industry data centre."""
