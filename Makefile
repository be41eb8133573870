# Care Atlas: the commands. Behind each stands a plain one, shown in README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
export CARE_ATLAS_DATA ?= data
# What is compiled once is kept, also where the machine's own settings forbid it: tests/folders.py.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test bench check cover deploy clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

setup: $(VENV)/.ready  ## create the environment

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Care Atlas needs Python 3.11 or newer; found $$($(PYTHON) --version). Next: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.ready-tests: $(VENV)/.ready tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready-tests tests/bench/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt
	@touch $@

# On one's own machine, whoever opens the page there is who runs the app (app/access.py).
run: export CARE_ATLAS_ACCESS ?= local
run: setup  ## environment, data, and the app in the browser (HOST, PORT)
	@test -f "$(CARE_ATLAS_DATA)/lake/CURRENT" -a ! -e "$(CARE_ATLAS_DATA)/demonstration.unfinished" || \
	  $(BIN)/python -m refresh demo --early
	@echo "Care Atlas: http://$(HOST):$(PORT)"
	$(BIN)/python -m shiny run app.main:app --host $(HOST) --port $(PORT)

test: $(VENV)/.ready-tests  ## environment, browser, every test
	$(BIN)/python -m tests.browser
	$(BIN)/python -m pytest

bench: $(VENV)/.ready-bench  ## speed beside peers, as ratios; writes data/bench.json
	$(BIN)/python -m tests.browser
	$(BIN)/python -m tests.bench

check: $(VENV)/.ready-tests  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

cover: $(VENV)/.ready-tests  ## branch coverage of engine and refresh, and whether it holds the floor
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses=2 -m "not browser" engine refresh tests/engine tests/refresh tests/golden
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

deploy: setup  ## to Connect or shinyapps.io, by rsconnect.json (ARGS=--new, --demonstration, --if-new)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check rsconnect-python==1.32.0
	$(BIN)/python -m refresh.operate.deploy $(ARGS)

clean:  ## remove the environment; data stays
	rm -rf $(VENV)
