"""Benchmarks: ratios side by side in one run. They print tables and never fail on a timing."""
