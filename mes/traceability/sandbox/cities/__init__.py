"""Playing a city: the platform takes what a connector with that city's file sends, and judges it by the same file.

The file is the contract between both sides, so it is all that they share: it is read here as plain text, and
signatures, ciphers, fields and answers are worked out by code of this side (`docs/contracts/sandbox-platform.md`).
"""
