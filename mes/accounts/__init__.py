"""People, roles, badges and PINs, API tokens, sign-in."""
