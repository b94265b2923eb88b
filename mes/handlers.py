"""Every room's jobs, gathered so that the worker knows them."""
