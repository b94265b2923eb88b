"""`python -m mes.cli` is the `mes` command."""

from mes.cli import main

main()
