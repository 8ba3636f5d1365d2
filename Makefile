# Pumphouse. `make run` brings up the living demo city, `make test` passes every test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

ifdef STATIONS
export PUMPHOUSE_STATIONS := $(STATIONS)
endif
ifdef PORT
export PUMPHOUSE_PORT := $(PORT)
endif

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint fix bench pictures simulate collect cockpit clean

help:             ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/ :/' | column -t -s:

setup: $(VENV)/runtime.done   ## virtual environment with everything that runs

setup-dev: $(VENV)/development.done   ## the same, and what tests need

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit("Pumphouse needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + "; try make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "Making the virtual environment in $(VENV) ..."
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.done: requirements.txt | $(PY)
	@echo "Installing the packages (a few hundred MB, once) ..."
	$(PY) -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

$(VENV)/development.done: requirements.txt requirements-dev.txt | $(PY)
	@echo "Installing the packages for tests ..."
	$(PY) -m pip install --disable-pip-version-check --progress-bar on -r requirements-dev.txt
	@touch $@ $(VENV)/runtime.done

run: setup        ## the living demo city: simulator, collector, cockpit (STATIONS=200, PORT=8050)
	@exec $(PY) -m deploy.run

test: setup-dev   ## rules of the house, types, every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/pytest --numprocesses auto --dist loadscope --no-loadscope-reorder

lint: setup-dev   ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

fix: setup-dev    ## what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev  ## measure; writes benchmarks/latest.json (about 25 minutes)
	$(PY) -m benchmarks

pictures: setup-dev  ## every page x language x theme x width as pictures/, with what is wrong
	$(PY) -m benchmarks.pictures

simulate: setup   ## only the simulator
	$(PY) -m simulator prepare
	$(PY) -m simulator

collect: setup    ## only the collector
	$(PY) -m ingest

cockpit: setup    ## only the cockpit, on what is stored
	$(PY) app.py

clean:            ## the virtual environment and caches; data/var stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
