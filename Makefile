# forgewatch: everything a fresh machine with Python >= 3.11, git and make needs.
#
#   make watch REPO=/path   environment in .venv, install, daemon on that repository
#   make watch              the same on a sample project, with a builder that fails once and then passes
#   make test               own environment, every check, all tests
#   make bench              one table of measurements;  make soak: crash runs of thousands, whole fault matrices
#   make mutants            hours: does a test notice when a line of core or checks is changed? MUTANTS='forgewatch.core.stop.*' for a part

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV ?= .venv
TEST_VENV ?= .venv-test
MUTANT_VENV ?= .venv-mutants
# The newest Python on PATH that is at least 3.11 and really runs (a shim of a version manager may not).
PYTHON ?= $(shell for p in python3.16 python3.15 python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v $$p; break; }; done)
RUN := $(TEST_VENV)/bin
PYTEST := $(RUN)/python -W error -m pytest -n auto --dist worksteal

.PHONY: help watch test check slow bench soak mutants clean python packages oracles

help:
	@sed -n 's/^#   //p' Makefile

python:
	@if [ -z "$(PYTHON)" ]; then echo "forgewatch needs Python 3.11 or newer with venv; none was found on PATH (Debian: apt-get install python3-venv)" >&2; exit 1; fi
	@echo "Python: $(PYTHON) ($$($(PYTHON) --version 2>&1))"

$(VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST_VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(TEST_VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

watch: $(VENV)/.installed
ifdef REPO
	$(VENV)/bin/forgewatch watch "$(REPO)"
else
	PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/python tests/play.py
endif

test: $(TEST_VENV)/.installed packages oracles check slow

# Tests of the installed command as a process run without being measured: no line of core and checks is reached by them alone.
PROCESSES := tests/e2e tests/faults/test_daemon_process.py
check: $(TEST_VENV)/.installed
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/deptry .
	$(PYTEST) --cov --cov-report= $(addprefix --ignore ,$(PROCESSES))
	$(RUN)/coverage report --skip-covered --skip-empty --fail-under=90
	$(RUN)/coverage report --skip-covered --skip-empty --include='forgewatch/core/*,forgewatch/checks/*' --fail-under=100
	$(PYTEST) $(PROCESSES)

slow: $(TEST_VENV)/.installed
	$(PYTEST) -m "slow and not soak"

# Wanted by some tests, not needed: without one of them its tests are skipped and say so.
PACKAGES := systemd dbus acl zsh fish groff-base jq openssl golang-go golang-golang-x-mod-dev nodejs strace bubblewrap
packages:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		missing=""; for name in $(PACKAGES); do dpkg-query --show --showformat='$${db:Status-Abbrev}' "$$name" 2>/dev/null | grep -q "^ii" || missing="$$missing $$name"; done; \
		install() { DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $$missing >/dev/null 2>&1; }; \
		[ -z "$$missing" ] || install || { apt-get update --quiet >/dev/null 2>&1 && install; } \
			|| echo "could not be installed:$$missing; their tests are skipped"; fi

# Programs of others that judge what we write (tests/oracles). What is fetched is pinned by its digest in package-lock.json.
ORACLES := tests/oracles/canonicalize
oracles: packages $(ORACLES)/node_modules/.package-lock.json
$(ORACLES)/node_modules/.package-lock.json: $(ORACLES)/package-lock.json | packages
	@if ! command -v npm >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends npm >/dev/null 2>&1 || true; fi
	@cd $(ORACLES) && npm ci --ignore-scripts --no-audit --no-fund --silent >/dev/null 2>&1 && touch node_modules/.package-lock.json \
		|| echo "could not be installed: canonicalize of npm; its tests are skipped"

bench: $(TEST_VENV)/.installed
	$(RUN)/python -m tests.bench.run

soak: $(TEST_VENV)/.installed
	$(RUN)/python -W error -m pytest -m soak

$(MUTANT_VENV)/.installed: pyproject.toml | python
	$(PYTHON) -m venv $(MUTANT_VENV)
	$(MUTANT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,mutants]'
	@touch $@

# Keeps what it found in mutants/ and goes on from there; a mutant that is named is run again.
MUTANTS ?=
mutants: $(MUTANT_VENV)/.installed
	PATH="$(abspath $(MUTANT_VENV))/bin:$$PATH" nice mutmut run $(if $(JOBS),--max-children $(JOBS)) $(foreach name,$(MUTANTS),'$(name)')
	@$(MUTANT_VENV)/bin/python -m tests.mutants

clean:
	rm -rf $(VENV) $(TEST_VENV) $(MUTANT_VENV) $(ORACLES)/node_modules mutants build dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
