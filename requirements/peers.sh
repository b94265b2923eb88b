#!/bin/sh
# Puts the solvers that the benchmarks compare with into bench/.peers/, an environment of its own, from
# requirements/peers.txt; does nothing when they are there. Called by "make peers"; .venv/ has to be there.
set -eu
cd "$(dirname "$0")/.."
peers=bench/.peers

if ! "$peers/bin/python" -m pip --version >/dev/null 2>&1; then
    .venv/bin/python -m venv --clear "$peers"
fi
if ! cmp -s requirements/peers.txt "$peers/installed-peers.txt"; then
    echo "Installing the packages of requirements/peers.txt into $peers/ (a minute, once) ..."
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$peers/bin/python" -m pip install --quiet --require-hashes \
        --only-binary :all: -r requirements/peers.txt
    cp requirements/peers.txt "$peers/installed-peers.txt"
fi
