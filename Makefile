# Two commands do everything: `make up` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
BROWSER ?= 1
JOBS ?= 2
NODE := $(shell command -v npm 2>/dev/null)
export DALIZ_STORE ?= $(CURDIR)/store

.PHONY: help install up page store test check bench docs lock words clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Daliz needs Python 3.11 to 3.13; run: make PYTHON=python3.12 install")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

install: $(VENV)/.installed ## create .venv with the locked packages and the command .venv/bin/daliz

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

daliz/server/page/index.html: web/node_modules/.installed $(shell find web/src web/words web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run build --silent

page: ## build the page (needs Node 20 or newer)
ifeq ($(NODE),)
	@echo "Node is not installed: the command and the server work without the page; install Node 20 or newer and run make page" >&2
else
	$(MAKE) --no-print-directory daliz/server/page/index.html
endif

$(DALIZ_STORE)/manifest.json: $(VENV)/.installed $(shell find daliz/data daliz/schema -name '*.csv') $(shell find daliz/overlay daliz/engine -name "*.py") daliz/io/basegraph.py daliz/io/boundaries.py daliz/io/packages.py daliz/build.py daliz/calibration.py
	$(BIN)/daliz build
	touch $@

store: $(DALIZ_STORE)/manifest.json ## build the network from real data

up: install page store ## install, build, and open the observatory (PORT=8000 BROWSER=1)
	$(BIN)/daliz warm
	$(BIN)/daliz up --port $(PORT) $(if $(filter 0,$(BROWSER)),--no-browser)

check: install ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install page store ## everything CI runs: checks, tests, the page in a real browser
	tests/need-chromium
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -n $(JOBS) --dist worksteal
ifneq ($(NODE),)
	cd web && npm run check --silent && npm test --silent
endif

bench: install store ## timings against peers, written to benchmarks/RESULTS.md
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group bench
	$(BIN)/python -m benchmarks

docs: install ## the documentation as HTML in docs/_build
	$(BIN)/python docs/make_map.py --check
	$(BIN)/uv pip install --quiet --python $(BIN)/python sphinx myst-parser furo
	$(BIN)/sphinx-build -W -q -b html docs docs/_build

lock: install ## renew requirements.lock, with hashes and without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev pyproject.toml --output-file requirements.lock

words: install ## export the catalogues of words
	$(BIN)/python -m daliz.i18n

clean: ## remove what was built (not the cache of data packages)
	rm -rf $(VENV) store daliz/server/page web/node_modules docs/_build
