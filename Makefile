# make run: set-up and dashboard.  make test: set-up and all tests.  The rest is for developers.
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=

.PHONY: install run test-install test lint fix bench

install:
	@$(PYTHON) bootstrap.py

run: install
	@exec $(PY) -m dashboard $(ARGS)

test-install:
	@$(PYTHON) bootstrap.py --tests

test: test-install
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: test-install
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

fix: test-install
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: test-install
	@for program in bench/*.py; do echo "== $$program"; $(PY) $$program || exit 1; done
