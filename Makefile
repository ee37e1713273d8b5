# Every target installs what it needs: a fresh clone wants only python3, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup run demo test test-ceph check e2e bench package deploy lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing from requirements.lock (once, a minute or two)"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

check: setup
	@$(BIN)/ruff format --check --quiet . && echo "format: ok"
	@$(BIN)/ruff check --quiet . && echo "lint: ok"
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache | tail -n 3

test: setup
	@$(BIN)/python -m pytest -n 2 -m "not ceph and not e2e"

demo: setup
	@$(BIN)/python -m infra.local.demo

bench: setup
	@$(BIN)/python -m tests.bench
