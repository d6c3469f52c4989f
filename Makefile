# Everything runs in .venv, which each target that needs it makes first. Another Python: make setup PYTHON=python3.12
PYTHON ?= python3

BIN := .venv/bin
# Newer than the lock and pyproject.toml: what is installed is what they say.
STAMP := .venv/.installed
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
SOURCES := qa index tests

.DEFAULT_GOAL := help
.PHONY: help setup serve test lint format browser screenshots bench-retrieval
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:
	@echo "make setup    install into .venv, exactly as requirements.lock says"
	@echo "make serve    take in seeds/ and open the web chat; prints its address"
	@echo "make test     lint, types and all tests"
	@echo "make lint     ruff and mypy only"
	@echo "make format   let ruff rewrite the sources"
	@echo "make screenshots   draw the page in each of its states, into tests/files/screenshots"
	@echo "make bench-retrieval   measure the search on public sets, which must be in ../shared/data"

setup: $(STAMP)

# pip would compile on one processor only.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Error: $(PYTHON) is missing or older than 3.11. Name another: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Error: $(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Installing into .venv; the first time takes a few minutes"
	@$(PIP) install --no-deps --no-compile -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	@$(PIP) install --no-deps --editable .
	@$(PIP) check
	@touch $(STAMP)

serve: setup
	@$(BIN)/footnote serve --documents seeds

# Any Chromium will do. Debian's comes with the libraries it needs; playwright's own does not.
browser: setup
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium through apt-get, for the tests of the page"; \
		apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes chromium >/dev/null && exit 0; \
	fi; \
	$(BIN)/python -m playwright install chromium

# One process more than there are processors: many tests wait. What the tests start again and again finds its modules
# compiled.
test: setup browser lint
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile

lint: setup
	@$(BIN)/python -m ruff check $(SOURCES)
	@$(BIN)/python -m ruff format --check $(SOURCES)
	@$(BIN)/python -m mypy

format: setup
	@$(BIN)/python -m ruff check --fix --quiet $(SOURCES)
	@$(BIN)/python -m ruff format $(SOURCES)

screenshots: setup browser
	@$(BIN)/python -m tests.web.screenshots

# Hours on the first run, much less on later ones. One set: make bench-retrieval BENCH="--sets docs_site"
bench-retrieval: setup
	@$(BIN)/python -m tests.bench.retrieval $(BENCH)
