# The two commands: `make demo` and `make test`. Both set themselves up from nothing but
# Python 3.11 or newer, git and make.
.DEFAULT_GOAL := help
.PHONY: help install demo test quick deep producers lint docs changelog bench fuzz screenshots lock clean

# The first interpreter on the PATH that runs and is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
# Each process has a PostgreSQL of its own. Four, be there two cores only: each waits, by turns, for
# the processes that it started.
# In the order of the folders: by the number of tests in a module, the slow ones would come last.
PARALLEL := -n 4 --dist loadscope --no-loadscope-reorder
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

install: $(VENV)/run.stamp ## Set up .venv/bin/streamgauge with all that it needs

demo: $(VENV)/run.stamp ## Play months of delivery events into a fresh service and show the metric (ONCE=1 to exit after)
	@exec $(BIN)/streamgauge demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: lint ## Everything: lint, types, import contracts, then every test on a real PostgreSQL
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

quick: $(VENV)/dev.stamp ## The tests that take no more than ten seconds each
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow and not deep" $(ARGS)

deep: $(VENV)/dev.stamp ## The proofs of links and answers on thousands of long histories (half an hour)
	$(BIN)/python -m pytest $(PARALLEL) -m deep $(ARGS)

producers: $(VENV)/dev.stamp ## Install Buildbot, so that its test in tests/producers does not skip
	$(PIP) install --require-hashes -r requirements/producers.lock

lint: $(VENV)/dev.stamp ## Formatting, style, strict types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/dev.stamp ## The documentation as a site, in build/docs; fails at a link that leads nowhere
	@$(BIN)/sphinx-build -q -W --keep-going -E -c docs/site -d build/docs-read . build/docs
	@echo "build/docs/index.html"

changelog: ## Put the fragments of changelog/ together, as those of VERSION
	@test -n "$(VERSION)" || { echo "make: say which: make changelog VERSION=0.2.0" >&2; exit 1; }
	@$(PYTHON) docs/site/streamgauge_site/changelog.py $(VERSION)

screenshots: $(VENV)/dev.stamp ## Write docs/images anew: the page's main views, of the demo's company (needs Chromium)
	@exec $(BIN)/python -m tests.page.screenshots

bench: $(VENV)/dev.stamp ## Eleven measures of speed and size, each beside its bound in the same run (ARGS=--quick, --full)
	@exec $(BIN)/streamgauge bench $(ARGS)

fuzz: $(VENV)/run.stamp ## A million mutated requests through the application, each answer and stored event judged
	@exec $(BIN)/streamgauge fuzz $(ARGS)

lock: $(VENV)/dev.stamp ## Write the lock files again from pyproject.toml (UPGRADE=1 takes the newest versions)
	$(BIN)/uv pip compile -q pyproject.toml --extra all --group build --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) -o requirements/run.lock
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) -o requirements/dev.lock
	$(BIN)/uv pip compile -q --group pyproject.toml:producers --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate $(if $(UPGRADE),--upgrade) \
		--constraints requirements/dev.lock -o requirements/producers.lock

clean: ## Remove what make made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp and not the interpreter: what was interrupted on the way is begun again.
$(VENV)/made.stamp:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer on the PATH; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "make: '$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/run.stamp: pyproject.toml requirements/run.lock | $(VENV)/made.stamp
	@echo "Installing the pinned dependencies (once)"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	@echo "Installing the pinned development tools (once)"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
