# Every target works on a machine with nothing but Python (3.11 to 3.13) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help demo test check test-services bench format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BIN)/profile-tui: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(BIN)/profile-tui $@

demo: $(BIN)/profile-tui ## install into .venv and open the demo study
	$(BIN)/profile-tui demo $(ARGS)

test: $(VENV)/.dev ## the test suite (no torch, no servers); ARGS go to pytest
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-services: $(VENV)/.dev ## tests against real servers
	$(BIN)/python -m pytest -m service $(ARGS) || { code=$$?; [ $$code -eq 5 ] && echo "no service test yet"; }

bench: $(VENV)/.dev ## side-by-side benchmarks; each prints a table and a ratio
	$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.dev ## rewrite the sources to the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
