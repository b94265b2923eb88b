"""The register of moulds and pallets as people use it: lists, a page for each, import of a list.

Moulds are kept by the library, pallets by planning; this room sees what rooms between them and it know of them.
"""
