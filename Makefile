# Everything is installed into .venv/ and static/vendor/ of this folder; requirements/install.sh does the work.
# Variables: PYTHON (which Python makes .venv), WORKERS (test processes), TESTS (more for pytest, as -k or a path).
.PHONY: demo test bench lock clean
WORKERS ?= 2
TESTS ?=

demo:
	@sh requirements/install.sh run && .venv/bin/python -m mes.core.assets
	@exec .venv/bin/mes demo

test:
	@sh requirements/install.sh test && .venv/bin/python -m mes.core.assets && sh tests/machine.sh
	@echo "== lint" && .venv/bin/ruff check --quiet --output-format concise . && .venv/bin/ruff format --check --quiet .
	@echo "== types" && .venv/bin/mypy
	@echo "== layers" && .venv/bin/lint-imports
	@echo "== tests" && .venv/bin/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

bench:
	@sh requirements/install.sh test && .venv/bin/python -m bench

lock: # "make lock UPGRADE=--upgrade" takes the newest versions
	@sh requirements/install.sh run && sh requirements/lock.sh $(UPGRADE)

clean: # var/, with the data, stays
	rm -rf .venv static/vendor static/node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
