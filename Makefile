# make run: set-up and dashboard.  make test: set-up and all tests.  The rest is for developers.
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=

.PHONY: install run test-install test lint fix bench lock audit sbom

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

# The locks anew from requirements*.txt. What needs no change keeps its version; ARGS=--upgrade: the newest of all.
# One lock for every system and Python, with markers; one version of each package, so that the tested ones ship.
LOCK := $(PY) -m uv --no-config pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --annotation-style line --custom-compile-command 'make lock' $(ARGS)
lock: test-install
	@$(LOCK) requirements.txt -o requirements.lock
	@$(LOCK) requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	@$(LOCK) requirements-npm.txt -o requirements-npm.lock
	@$(LOCK) requirements-uv.txt -o requirements-uv.lock
	@$(LOCK) tests/flow/requirements-sdk.txt -o tests/flow/requirements-sdk.lock
	@$(LOCK) tests/flow/requirements-litellm.txt -o tests/flow/requirements-litellm.lock
	@$(LOCK) --no-deps tests/flow/requirements-litellm-1.74.txt -o tests/flow/requirements-litellm-1.74.lock

# Advisories about what is locked. It fails where the database cannot be asked; ARGS=--if-reachable: says so only.
audit: test-install
	@$(PY) -m deploy.audit $(ARGS)

# What the runtime is made of, as CycloneDX. OUT names the file.
OUT ?= sbom.cdx.json
sbom: install
	@$(PY) -m deploy.sbom $(OUT)
