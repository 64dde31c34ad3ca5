# The front door of the book. `make help` lists every target.
#
# Any parameter of a run can be given on the command line in upper case: `make book RUN=snapshot END=2025-12-31`.
# Two chapters run at a time; `make book JOBS=4` runs more where memory allows.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# Tables named without a run are a folder of tables; nothing named at all is the demo market.
RUN    ?= $(if $(filter command,$(origin DATA)),folder,demo)
JOBS   ?= 2
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
BUILD  := _build/$(RUN)

RUNS := $(sort $(basename $(notdir $(wildcard params/*.yaml))))
ifeq ($(filter $(subst $() ,/,$(RUN)),$(RUNS)),)
$(error RUN=$(RUN): no such run; name one of $(RUNS) (its file is in params/))
endif
ifeq ($(filter $(subst $() ,/,$(JOBS)),$(shell seq 1 999)),)
$(error JOBS=$(JOBS): how many chapters run at a time, a whole number from 1)
endif

# This checkout's library, wherever the checkout was moved or copied to and whatever else is called helpers.
export PYTHONPATH := $(CURDIR)/src
unexport PYTHONHOME PYTHONSTARTUP

# What `make` itself understands; every other variable on the command line is a parameter of the run.
OWN := RUN JOBS PYTHON CHAPTER ARGS
quote = '$(subst ','\'',$(1))'
GIVEN := $(foreach v,$(filter-out $(OWN) $(filter -% MAKE%,$(.VARIABLES)),$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(v)))),$(v)))
SETS  := $(foreach v,$(GIVEN),--set $(call quote,$(v)=$($(v))))

EXECUTE  := $(PY) -m helpers.execute
CHAPTERS := $(sort $(basename $(notdir $(wildcard book/[0-9][0-9]_*.py))))
OUTPUTS  := $(CHAPTERS:%=$(BUILD)/notebooks/%.ipynb)

.PHONY: help
help: ## list the targets
	@echo "China ETF Atlas. Runs: $(RUNS)"
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
	@echo "  e.g. make book DATA=path/to/tables END=2025-12-31"
	@echo "       make data START=2020-01-01 END=2026-02-13, then make book RUN=latest"

# -- the environment ---------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.book ## create the environment (the other targets do it when needed)

ifeq ($(wildcard $(PY)),)
.PHONY: $(VENV)/.python  # its Python is gone: make it again
endif
ifneq ($(shell cat $(VENV)/lib/python*/site-packages/etf_atlas.pth 2>/dev/null),../../../../src)
.PHONY: $(VENV)/.book  # it names another checkout's library: mend it
endif

$(VENV)/.python: requirements/installer.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "error: $(PYTHON): no such program; name a Python from 3.11 on: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; name a newer one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	@echo "creating the environment in $(VENV) (once, about a minute)"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt
	@touch $@

# The package is installed in place by one line in a .pth file: no build step, no network. The line is relative, so that
# a checkout that is moved or copied with its environment uses its own library.
$(VENV)/.book: $(VENV)/.python requirements/book.txt
	@$(PY) -m uv pip install --quiet --compile-bytecode --require-hashes -r requirements/book.txt
	@$(PY) -c 'import os, pathlib, site; p = pathlib.Path(site.getsitepackages()[0]); (p / "etf_atlas.pth").write_text(os.path.relpath("src", p))'
	@$(PY) -m compileall -q src
	@touch $@

$(VENV)/.test: $(VENV)/.book requirements/test.txt
	@$(PY) -m uv pip install --quiet --compile-bytecode --require-hashes -r requirements/test.txt
	@touch $@

# -- the book ----------------------------------------------------------------------------------------------------

.PHONY: book pages chapter
book: $(VENV)/.book ## execute the chapters of RUN, collect the scoreboard, render the pages
	@$(EXECUTE) --plan $(RUN) $(SETS)
	@$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) pages
	@echo "open $(BUILD)/html/index.html"

pages: $(BUILD)/html/index.html

$(BUILD)/notebooks/%.ipynb: $(BUILD)/keys/%.want
	@$(EXECUTE) $* $(RUN) $(SETS)

$(BUILD)/scoreboard.csv: $(OUTPUTS)
	@$(EXECUTE) --collect $(RUN)

$(BUILD)/html/index.html: $(BUILD)/scoreboard.csv $(BUILD)/keys/site.want
	@$(PY) -m helpers.press.render $(RUN)

.PHONY: data doctor params
# `make data` fetches, from `free` unless SOURCE says otherwise. Tables that are named, by RUN or as a folder by DATA, are
# read and checked instead; DATA beside an option of fetching is the store to fetch into.
CHECKED := $(or $(filter-out file,$(firstword $(origin RUN))),$(filter demo folder,$(SOURCE)),$(if $(filter command,$(firstword $(origin DATA))),$(if $(strip $(SOURCE)$(TABLES)$(REPARSE)$(UNVERIFIED)),,DATA)))
data: $(VENV)/.book ## fetch real data (START=… END=… SOURCE=free TABLES=…); with RUN=… or DATA=…: read and check those tables
	@$(if $(CHECKED),$(EXECUTE) --data $(RUN) $(SETS),$(PY) -m helpers.providers data $(SETS))

doctor: $(VENV)/.book ## say which tables each source can give, from when, at what cost, and what this machine has
	@$(PY) -m helpers.providers doctor

params: $(VENV)/.book ## list every parameter of a run: type, default, meaning
	@$(PY) -m helpers.providers params

chapter: $(VENV)/.book ## execute one chapter: make chapter CHAPTER=04_style_regimes RUN=snapshot
	@$(EXECUTE) $(if $(CHAPTER),$(CHAPTER),$(error name one: make chapter CHAPTER=$(firstword $(CHAPTERS)))) $(RUN) $(SETS)

.PHONY: lab sync
lab: $(VENV)/.book sync ## open JupyterLab on the paired notebooks
	@$(PY) -m jupyterlab --LabApp.default_url=/lab/tree/book

sync: $(VENV)/.book ## bring each chapter's .py and .ipynb into agreement
	@$(PY) -m helpers.press.pairs book

# -- the workshop ------------------------------------------------------------------------------------------------

.PHONY: test lowest lint bench pins freeze pdf clean
test: $(VENV)/.test ## run the tests (no network needed)
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

# Every bound of pyproject.toml at its lowest, in an environment of its own.
lowest: $(VENV)/.python ## run the tests on the lowest versions that pyproject.toml allows
	@$(PY) -m uv venv --quiet --allow-existing _build/lowest
	@$(PY) -m uv pip install --quiet --python _build/lowest --resolution lowest-direct -r pyproject.toml --extra book --extra test
	@OMP_NUM_THREADS=1 _build/lowest/bin/python -m pytest -n 2 --dist loadgroup -m "not browser" $(ARGS)

lint: $(VENV)/.test ## check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check src tests bench

bench: $(VENV)/.test ## measure speed, as ratios against what one would write instead
	@for f in bench/bench_*.py; do $(PY) $$f; done

pins: $(VENV)/.book ## renew the pinned requirements from pyproject.toml
	@cd requirements && for set in book test; do \
	  ../$(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --upgrade \
	    --extra book $$([ $$set = book ] || echo --extra test -c book.txt) ../pyproject.toml -o $$set.txt; done

freeze: $(VENV)/.book ## keep the results of a finished real run in published_runs/ and in the README: make freeze RUN=snapshot
	@$(PY) -m helpers.press.frozen $(RUN)

clean: ## remove everything built, the demo market too (the environment and your data stay)
	@rm -rf _build data/demo-*
