#!/bin/sh
# Puts the locked packages of requirements/$1.txt, and this project in editable form, into .venv/; does nothing when
# they are there. A copy of the lock in .venv/ says what is installed. Called by the Makefile; needs only Python.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=.venv/bin/python

fail() { printf '%s\n' "$@" >&2; exit 1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    if command -v python3 >/dev/null; then here=$(python3 --version 2>&1); else here="not installed"; fi
    fail "Python 3.11 to 3.14 is needed; python3 here is: $here." \
        "Install one, or name it: make PYTHON=/path/to/python3.12 ..."
}

make_environment() {
    found=$(find_python)
    "$found" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$found has no venv module. On Debian and Ubuntu: apt install python3-venv."
    "$found" -m venv --clear .venv
}

# A Python that was removed, or a folder that was moved, makes an environment useless.
if ! $python -m pip --version >/dev/null 2>&1; then
    make_environment
elif [ -e .venv/installed-place ] && [ "$(cat .venv/installed-place)" != "$(pwd)" ]; then
    make_environment
fi
pwd >.venv/installed-place

export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
# Python compiles a module when it is first imported; compiling all of them ahead takes a third of the time.
locked="$python -m pip install --quiet --no-compile --require-hashes --only-binary :all:"

# uv puts the same locked packages in place in a fraction of pip's time, from the index that pip is told of. Where it
# cannot, pip does: the hashes of the lock say what comes in, whoever fetches it.
install_lock() {
    if ! cmp -s requirements/lock.txt .venv/installed-lock.txt; then
        $locked -r requirements/lock.txt && cp requirements/lock.txt .venv/installed-lock.txt || return 1
    fi
    index=${PIP_INDEX_URL:-$($python -m pip config get global.index-url 2>/dev/null || true)}
    UV_PYTHON_DOWNLOADS=never .venv/bin/uv pip install --quiet --system-certs --python $python \
        --require-hashes --no-build ${index:+--default-index "$index"} -r "$1" 2>.venv/uv.log
}

if ! cmp -s requirements/build.txt .venv/installed-build.txt; then
    $locked -r requirements/build.txt
    cp requirements/build.txt .venv/installed-build.txt
fi
if ! cmp -s "requirements/$lock.txt" ".venv/installed-$lock.txt"; then
    echo "Installing the packages of requirements/$lock.txt into .venv/ (a minute or two, once) ..."
    install_lock "requirements/$lock.txt" || $locked -r "requirements/$lock.txt"
    # test.txt holds everything that the other two hold, in the same versions.
    if [ "$lock" = test ]; then others="run ifc"; else others=; fi
    for name in $lock $others; do
        cp "requirements/$name.txt" ".venv/installed-$name.txt"
    done
fi
if ! cmp -s pyproject.toml .venv/installed-pyproject.toml; then
    $python -m pip install --quiet --no-deps --no-build-isolation --editable .
    cp pyproject.toml .venv/installed-pyproject.toml
fi
