# The commands of the project. `make help` lists them; README.md says more.
# Everything happens in .venv, made by deploy/prepare.sh from the hashed locks.

PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -p tests.left_out
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --extra sms \
	--custom-compile-command "make lock"
STORM ?= 64,1000,8,8
SEQUENCES ?= 2000
KILLS ?= 500
BACKLOG ?= 5000
export PORT PYTHON

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo serve test lint catalogues compiled bench chaos lock lock-peer screenshots clean ready ready-to-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ready compiled ## Five centres with synthetic people on http://127.0.0.1:8000 (PORT= changes it)
	@sh deploy/run.sh demo

serve: ready compiled ## The same server without demo data and without the scheduler
	@sh deploy/run.sh serve

test: lint ## Everything: checks, then all tests on SQLite, PostgreSQL and in Chromium
	$(PYTEST) -n 2 --durations=15
	@sh deploy/prepare.sh left-out

lint: ready-to-test compiled ## Style, types, floors of the house, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint --quiet

catalogues: ready-to-test ## Bring the translation catalogues in line with the code and the templates
	$(BIN)/python deploy/catalogues.py update

bench: ready-to-test compiled ## Measure speed (tests marked bench)
	$(PYTEST) -m bench -s

# STORM is clients, times, rivals for each time, killed web processes; KILLS are workers that send,
# BACKLOG messages that waited. About an hour.
chaos: ready-to-test compiled ## Race, kill and flood: 64 clients, 1,000 times, 2,000 sequences, 500 killed workers
	CIC_STORM=$(STORM) CIC_SEQUENCES=$(SEQUENCES) CIC_KILLS=$(KILLS) CIC_BACKLOG=$(BACKLOG) CIC_MUTANTS=9999 \
		$(PYTEST) -m chaos

lock: ready-to-test ## Write both locks anew from pyproject.toml (UPGRADE=1: newest allowed versions)
	$(LOCK) $(if $(UPGRADE),--upgrade) --group build --output-file requirements.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) --group build --group dev \
		--constraints requirements.lock --output-file requirements-dev.lock

PEER := tests/bench/django_appointment
lock-peer: ready-to-test ## Write the lock of the peer that `make bench` measures beside
	$(BIN)/uv pip compile $(PEER)/requirements.in --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock-peer" --output-file $(PEER)/requirements.lock

screenshots: ready-to-test compiled ## Take every screen of the demonstration anew into docs/screens
	$(BIN)/python deploy/screenshots.py

clean: ## Remove .venv, caches and compiled catalogues (data in instance/ stays)
	rm -rf .venv dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -f translations/*/LC_MESSAGES/*.mo

ready:
	@sh deploy/prepare.sh demo

ready-to-test:
	@sh deploy/prepare.sh test

compiled:
	@$(BIN)/python build_catalogues.py
