"""The JSON documents of the contract: reading, writing, checking, and their schemas."""
