"""Solvers of others, in an environment of their own (bench/.peers/, made by `make peers`)."""
