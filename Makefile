# Every target installs what it needs: a fresh clone needs only make, git and one of Python 3.11 to 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := $(BIN)/uv pip

# Each stamp says since when a lock is installed. The whole lock holds what running needs, so one of them is enough.
ALL := $(VENV)/.all
RUN := $(if $(wildcard $(ALL)),$(ALL),$(VENV)/.run)

# What `make test` leaves to other targets, and the folders that answer within seconds or are pure.
EVERYDAY := not ceph and not e2e and not long
FAST := tests/architecture tests/unit/audit tests/unit/core tests/unit/holdfast tests/unit/http \
	tests/unit/retention tests/unit/validation
PURE := tests/unit/audit tests/unit/core tests/unit/holdfast tests/unit/retention tests/unit/validation
N = 2
STAGE ?= dev

.DEFAULT_GOAL := help
.PHONY: help setup run demo format lint types check test test-fast test-long test-python coverage test-ceph e2e \
	bench faults package deploy hooks lock changelog clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(ALL)  ## Install everything into .venv, with hashes, from requirements.lock

run: $(RUN)  ## Start the service on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m infra.local

demo: $(RUN)  ## Show everything once, end to end
	@$(BIN)/python -m infra.local.demo

format: $(ALL)  ## Sort imports and format the code
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format --quiet .

lint: $(ALL)  ## Check format, lint rules and what may import what
	@$(BIN)/ruff format --check --quiet . && echo "format: ok"
	@$(BIN)/ruff check --quiet . && echo "lint: ok"
	@found=$$($(BIN)/lint-imports --no-cache) && echo "$$found" | tail -n 1 || { echo "$$found"; exit 1; }

types: $(ALL)  ## Check types
	@$(BIN)/mypy

check: lint types  ## Check all that needs no test: lint, types, change notes, lifecycle policy
	@$(BIN)/python -m infra.changes --check
	@$(BIN)/python -m infra.lifecycle

test: $(ALL)  ## Run the tests; T=tests/unit/packages K=hold chooses some
	@$(BIN)/python -m pytest -n $(N) --dist worksteal -m "$(EVERYDAY)" $(if $(K),-k "$(K)") $(T)

test-fast: $(ALL)  ## Run the tests of the working loop, in under 90 seconds
	@$(BIN)/python -m pytest -n $(N) --dist worksteal -m "$(EVERYDAY)" $(if $(K),-k "$(K)") $(FAST)

test-long: $(ALL)  ## Run the tests of large sizes
	@$(BIN)/python -m pytest -n $(N) -m "long and not ceph and not e2e" $(if $(K),-k "$(K)") $(T)

test-python:  ## Run the tests of the client and the pure parts on PYTHON=python3.13, in its own environment
	@$(MAKE) --no-print-directory VENV=build/$(notdir $(PYTHON)) setup
	@build/$(notdir $(PYTHON))/bin/python -m pytest -n $(N) --dist worksteal -m "$(EVERYDAY)" $(PURE)

coverage: $(ALL)  ## Run the unit tests and hold their branch coverage against the floor; T= K= only show it
	@$(BIN)/python -m pytest --cov $(if $(T)$(K),--cov-fail-under=0) -n $(N) -m "$(EVERYDAY)" \
		$(if $(K),-k "$(K)") $(or $(T),tests/unit)

# Installs the Debian packages when run as root, or names them.
test-ceph: $(ALL)  ## Run the tests that need a real Ceph gateway, plain and over TLS
	@$(BIN)/python -m infra.ceph $(BIN)/python -m pytest -m ceph

e2e: package  ## Deploy the package into an embedded stack and drive it
	@$(BIN)/python -m pytest -m e2e tests/e2e

bench: $(ALL)  ## Measure the budgets; writes build/bench.json
	@$(BIN)/python -m tests.bench

faults: $(ALL)  ## Run the faults at their full sizes; prints the seeds, writes build/faults.json
	@$(BIN)/python -m tests.faults

package: $(ALL)  ## Make what is deployed, in build/package; STAGE=dev
	@$(BIN)/python -m infra.package --stage $(STAGE)

deploy: package  ## Deploy to AWS; STAGE=dev, SET="Name=Value …" sets parameters of infra/resources.json
	@$(BIN)/python -m infra.deploy --stage $(STAGE) $(foreach given,$(SET),--set $(given))

hooks: $(ALL)  ## Have git run the checks of .pre-commit-config.yaml at every commit
	@$(BIN)/pre-commit install

# A lock keeps its versions as long as they fit.
lock: $(VENV)/.uv  ## Pin what pyproject.toml asks for, with hashes; UPGRADE=1 takes the newest versions
	@$(call compile,requirements-uv.lock,--group installer)
	@$(call compile,requirements.lock,--group dev pyproject.toml)
	@$(call compile,requirements-run.lock,--no-annotate --group run --constraints requirements.lock pyproject.toml)

changelog: $(ALL)  ## Gather changes/ into CHANGELOG.md, under the version of holdfast/api/version.py
	@$(BIN)/python -m infra.changes

clean:  ## Remove what builds and tools leave; .venv and the state in .holdfast stay
	@rm -rf build requirements.txt .chalice/deployments .chalice/deployed
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# -- installing

# One lock for all Pythons from 3.11 on: entries that differ between them carry markers.
compile = $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade) \
	--custom-compile-command "make lock" --output-file $(1) $(2)

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Holdfast needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is none of them: name one, as in \`make setup PYTHON=python3.12\`."; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Where uv cannot be had, this goes on without it: $(install) sees that.
$(VENV)/.uv: requirements-uv.lock | $(BIN)/pip
	@$(PIP) --retries 1 --require-hashes -r requirements-uv.lock >$(VENV)/uv.log 2>&1 || true
	@touch $@

# uv reads no settings of pip, so pip may find an index that uv does not. `sync` removes the project: it comes last.
install = { $(UV) $(1) $(2) --quiet --python $(BIN)/python --require-hashes \
	&& $(UV) install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; } >>$(VENV)/uv.log 2>&1 \
	|| { echo "uv cannot be had here ($(VENV)/uv.log says why): pip installs instead, which takes a minute or two"; \
	$(PIP) --require-hashes -r $(2) && $(PIP) --no-deps --no-build-isolation --editable .; }

$(ALL): requirements.lock pyproject.toml $(VENV)/.uv
	@$(call install,sync,requirements.lock)
	@touch $@

$(VENV)/.run: requirements-run.lock pyproject.toml $(VENV)/.uv
	@$(call install,install -r,requirements-run.lock)
	@touch $@
