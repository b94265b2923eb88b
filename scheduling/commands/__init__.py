"""The sub-commands of `python -m scheduling`, one module each.

A module has `register(subparsers)`, which adds its parser and sets `run` as the parser's default of that name, and
`run(arguments)`, which returns the exit code. A new command is one module and one entry in `COMMANDS`.
"""

from scheduling.commands import check, check_nesting, explain, gantt, generate, kpis, nest, replan, schema, solve, warm

COMMANDS = (solve, replan, check, explain, generate, gantt, kpis, nest, check_nesting, schema, warm)
