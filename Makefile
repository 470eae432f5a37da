# Two commands on a fresh machine: `make serve` runs the server, `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
SERVE := $(VENV)/.serve
DEV := $(VENV)/.dev

.PHONY: help setup serve test lint check bench train clean

help:  ## say what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# sphinx (29 MB, its model inside) makes the words of /process_audio real with no download
$(SERVE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[serve,codecs,reports,sphinx,remote]'
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet '$(TORCH)'
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(SERVE)

setup: $(DEV)  ## install everything that developing needs into .venv

serve: $(SERVE)  ## run the server on http://127.0.0.1:5000
	$(BIN)/sentisound serve

test: $(DEV)  ## run the tests
	$(BIN)/python -m pytest $(ARGS)

lint: $(DEV)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## all that CI checks, except the wheel

bench: $(DEV)  ## measure speed side by side with the alternatives
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/clip.py

RUNS = results/flagship results/flagship-luna5 results/flagship-corpora results/flagship-loco

train: $(DEV)  ## train the shipped models again (needs the corpora, and TEACHER=a file)
	$(BIN)/sentisound train --recipe recipes/original.toml --out src/sentisound/bundles/original
	$(BIN)/sentisound train --recipe flagship --teacher $(TEACHER) $(addprefix --run ,$(RUNS)) --out src/sentisound/bundles/default

clean:  ## remove what was installed and built here
	rm -rf $(VENV) build dist
