# Every target works on a machine with nothing but Python (3.11 to 3.13) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=

.PHONY: help demo test check test-services bench format docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# A half-made environment is taken away again, so that the next try starts afresh.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: $(PYTHON) could not make a virtual environment; on Debian or Ubuntu install python3-venv," \
	       "elsewhere name another Python: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }

$(VENV)/.core: pyproject.toml $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $(VENV)/.core $@

$(VENV)/.services: $(VENV)/.dev
	$(PIP) -e '.[dev,models,postgres]'
	@touch $@

demo: $(VENV)/.core ## install into .venv and open the demo study
	$(BIN)/profile-tui demo $(ARGS)

test: $(VENV)/.dev ## the test suite (no torch, no servers); ARGS go to pytest
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-services: $(VENV)/.services ## tests against real servers (PostgreSQL must be installed)
	$(BIN)/python -m pytest -m service $(ARGS)

bench: $(VENV)/.dev ## side-by-side benchmarks, each with a table and a ratio; ARGS name some
	$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.dev ## rewrite the sources to the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.dev ## write again what is made from the code: commands, keys, the README's picture
	$(BIN)/python -m docs.reference
	$(BIN)/python -m docs.screenshots

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
