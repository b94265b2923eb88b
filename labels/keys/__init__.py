"""Keys: who a thing is, in GS1's words, and the ways to write that down."""
