# Two commands on a fresh machine: `make serve` runs the server, `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
SERVE := $(VENV)/.serve
DEV := $(VENV)/.dev

.PHONY: help setup serve test lint check audit lock sbom bench train clean

help:  ## say what can be made
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What requirements/*.txt names, to the byte: pip refuses every other file. Then the package itself, built by what is installed.
LOCKED := -m pip install --quiet --require-hashes
OURS := -m pip install --quiet --no-deps --no-build-isolation --editable .

# sphinx (29 MB, its model inside) makes the words of /process_audio real with no download
$(SERVE): pyproject.toml requirements/build.txt requirements/server.txt | $(BIN)/python
	$(BIN)/python $(LOCKED) --requirement requirements/build.txt --requirement requirements/server.txt
	$(BIN)/python $(OURS)
	@touch $@

# torch is beside the lock: which build of it fits depends on the machine
$(DEV): pyproject.toml requirements/ci.txt | $(BIN)/python
	$(BIN)/python $(LOCKED) --requirement requirements/ci.txt
	$(BIN)/python -m pip install --quiet '$(TORCH)'
	$(BIN)/python $(OURS)
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

check: lint test  ## all that CI checks, except the audit and the wheel

audit: $(DEV)  ## look for known vulnerabilities in what is installed
	scripts/audit $(BIN)/python

lock:  ## write requirements/*.txt anew (needs uv); ARGS=--upgrade takes the newest versions
	scripts/lock $(ARGS)

sbom: $(DEV)  ## write what the server is made of to dist/, as CycloneDX
	scripts/sbom $(BIN)/python

bench: $(DEV)  ## measure speed side by side with the alternatives
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/clip.py

RUNS = results/flagship results/flagship-luna5 results/flagship-corpora results/flagship-loco

train: $(DEV)  ## train the shipped models again (needs the corpora, and TEACHER=a file)
	$(BIN)/sentisound train --recipe recipes/original.toml --out src/sentisound/bundles/original
	$(BIN)/sentisound train --recipe flagship --teacher $(TEACHER) $(addprefix --run ,$(RUNS)) --out src/sentisound/bundles/default

clean:  ## remove what was installed and built here
	rm -rf $(VENV) build dist
