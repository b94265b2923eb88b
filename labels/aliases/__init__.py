"""Other names of a thing: city codes, Ecode, Handle, the plant's own, an earlier tag; each scheme is a data file."""
