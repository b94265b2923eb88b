"""Exit codes of every command."""

DONE = 0
VIOLATED = 1
"""A plan or a nesting breaks a rule of its contract."""
REFUSED = 2
"""A document that does not keep its contract, a file that cannot be read or written, or wrong arguments."""
