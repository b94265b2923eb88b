#!/bin/sh
# Writes the lock files of this folder from pyproject.toml: pinned, with hashes, wheels only, one for all platforms,
# without any address. Versions stay as they are where they still fit; "--upgrade" as an argument takes the newest.
set -eu
cd "$(dirname "$0")/.."

lock() {
    UV_PYTHON_DOWNLOADS=never .venv/bin/uv pip compile --quiet --python .venv/bin/python --python-version 3.11 \
        --universal --no-build --generate-hashes --no-header --no-emit-index-url "$@"
}

.venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/lock.txt
lock "$@" requirements/build.in -o requirements/build.txt
lock "$@" requirements/lock.in -o requirements/lock.txt
lock "$@" pyproject.toml -o requirements/run.txt
lock "$@" pyproject.toml --extra ifc -c requirements/run.txt -o requirements/ifc.txt
lock "$@" pyproject.toml --extra ifc --extra test -c requirements/ifc.txt -o requirements/test.txt
lock "$@" requirements/peers.in -o requirements/peers.txt
