"""From what a thing was made of and with, to every element it is in and where each is now; and back again."""
