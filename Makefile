# handwerk: `make run` serves it, `make test` proves it. Needs Python 3.11, pip and make.
PYTHON ?= python3.11
# The CPU build. Where PyPI's torch brings CUDA, see "Install" in the README.
TORCH ?= torch==2.13.0
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint bench docs format lock

help: ## Show this help.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/runtime ## Install what is missing and serve on http://127.0.0.1:8000 (PORT=…, HANDWERK_DATA_DIR=…).
	@exec $(BIN)/handwerk serve

test: .venv/dev ## Install what is missing and run all tests.
	$(BIN)/pytest --numprocesses 2 --dist loadfile

test-long: .venv/dev ## Run the tests that take more than half a minute each: kills, stops, whole commands.
	$(BIN)/pytest -m long

lint: .venv/dev ## Check format, style, types and the architecture.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/bench ## Run the benchmarks; takes a while.
	$(BIN)/python -m benchmarks.http
	$(BIN)/python -m benchmarks.jobs
	$(BIN)/python -m benchmarks.pricing examples/projects.csv
	$(BIN)/python -m benchmarks.conformance
	$(BIN)/python -m benchmarks.search
	$(BIN)/python -m benchmarks.predictions
	$(BIN)/python -m benchmarks.load

docs: .venv/dev ## Build the guides as a site into build/docs; a warning is an error.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: .venv/dev ## Bring the code into the project's format.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/dev ## Choose and lock dependencies anew (needs uv).
	uv pip compile pyproject.toml $(LOCK) -o requirements/runtime.lock
	uv pip compile pyproject.toml --group dev -c requirements/runtime.lock $(LOCK) -o requirements/dev.lock
	uv pip compile pyproject.toml --group bench -c requirements/runtime.lock $(LOCK) -o requirements/bench.lock

LOCK := --python-version 3.11 --python-platform x86_64-manylinux_2_28 --generate-hashes \
	--no-emit-package torch --no-emit-package triton --no-header --no-annotate --quiet --upgrade

.venv/runtime: requirements/runtime.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON) here. handwerk needs Python 3.11; say where it is: make run PYTHON=…"; exit 1; }
	@echo "Installing what is missing into .venv; the first time takes a minute or two …"
	@$(PYTHON) -m venv .venv
	@echo "  torch (CPU build) …"; $(PIP) $(TORCH)
	@echo "  the other $$(grep -c '==' requirements/runtime.lock) packages …"; $(PIP) --require-hashes -r requirements/runtime.lock
	@$(PIP) -e .
	@$(BIN)/python -c 'import torch' 2> /dev/null || { echo "This torch can't be loaded. It must be the CPU build: see \"Install\" in the README."; exit 1; }
	@touch $@

.venv/dev: .venv/runtime requirements/dev.lock
	@echo "Installing what tests and linters need …"
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

.venv/bench: .venv/dev requirements/bench.lock
	@echo "Installing what the benchmarks compare with …"
	@$(PIP) --require-hashes -r requirements/bench.lock
	@touch $@
