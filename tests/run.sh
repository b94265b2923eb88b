#!/bin/sh
# Lint, types, layers and tests. The search of the scheduler is compiled beside them (a minute or two on a new machine):
# tests of engines that do not use it begin at once, the others when it is there (tests/conftest.py).
# Usage: tests/run.sh WORKERS [more for pytest]
set -u
cd "$(dirname "$0")/.."
workers=$1
shift
compiled=.venv/compiled
rm -f $compiled
(.venv/bin/python -m scheduling warm; ended=$?; touch $compiled; exit $ended) &
compiler=$!

echo "== lint, types, layers"
.venv/bin/ruff check --quiet --output-format concise . && .venv/bin/ruff format --check --quiet . &&
    .venv/bin/mypy && .venv/bin/lint-imports &&
    echo "== tests" &&
    TESTS_WAIT_FOR="$(pwd)/$compiled" \
        .venv/bin/pytest --numprocesses "$workers" --dist loadfile --no-loadscope-reorder "$@"
checked=$?
wait $compiler && exit $checked
