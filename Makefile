# Everything is installed into .venv/ and static/vendor/ of this folder; requirements/install.sh does the work.
# Variables: PYTHON (which Python makes .venv), WORKERS (test processes), TESTS (more for pytest, as -k or a path),
# TARGETS and SEEDS (which figures of the benchmark and which of their cases, as in: make bench TARGETS=planning SEEDS=1,2).
.PHONY: demo test bench peers lock clean
WORKERS ?= 3
TESTS ?=
TARGETS ?=
SEEDS ?=

demo:
	@sh requirements/install.sh run && .venv/bin/python -m mes.core.assets
	@exec .venv/bin/mes demo

test:
	@sh requirements/install.sh test && .venv/bin/python -m mes.core.assets && sh tests/machine.sh
	@sh tests/run.sh $(WORKERS) $(TESTS)

bench: # "make bench TARGETS=list" tells the figures; all of them take hours
	@sh requirements/install.sh test && .venv/bin/python -m bench $(TARGETS) $(if $(SEEDS),--seeds $(SEEDS))

peers: # the solvers of others that some figures compare with
	@sh requirements/install.sh test && sh requirements/peers.sh

lock: # "make lock UPGRADE=--upgrade" takes the newest versions
	@sh requirements/install.sh run && sh requirements/lock.sh $(UPGRADE)

clean: # var/, with the data, stays
	rm -rf .venv bench/.peers static/vendor static/node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
