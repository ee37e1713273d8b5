# Every target installs what it needs: a fresh clone wants only python3, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup run demo test test-ceph check e2e bench faults package deploy lock clean

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
	@$(BIN)/python -m infra.lifecycle

test: setup
	@$(BIN)/python -m pytest -n 2 -m "not ceph and not e2e"

# On a real Ceph gateway, plain and over TLS: installs the Debian packages when run as root, or names them.
test-ceph: setup
	@$(BIN)/python -m infra.ceph $(BIN)/python -m pytest -m ceph

demo: setup
	@$(BIN)/python -m infra.local.demo

bench: setup
	@$(BIN)/python -m tests.bench

# Faults at their full sizes: prints the seeds, writes build/faults.json.
faults: setup
	@$(BIN)/python -m tests.faults

run: setup
	@exec $(BIN)/python -m infra.local

STAGE ?= dev

package: setup
	@$(BIN)/python -m infra.package --stage $(STAGE)

# SET="Name=Value Name=Value" sets parameters of infra/resources.json
deploy: package
	@$(BIN)/python -m infra.deploy --stage $(STAGE) $(foreach given,$(SET),--set $(given))

e2e: package
	@$(BIN)/python -m pytest -m e2e tests/e2e

lock: setup
	@$(BIN)/pip-compile --quiet --all-extras --allow-unsafe --generate-hashes --strip-extras \
		--no-emit-find-links --no-emit-index-url --no-emit-trusted-host \
		--output-file=requirements.lock pyproject.toml

# What builds and tools leave; .venv and the state in .holdfast stay.
clean:
	@rm -rf build requirements.txt .chalice/deployments .chalice/deployed
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
