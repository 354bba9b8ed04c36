# The chores of this repository, one command each; `make help` lists them.

# The first Python that is new enough; `make PYTHON=/path/to/python3.13 venv` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
# Where the tools of `make fuzz` and `make audit` live.
ATTACK := build/attack
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# What is handed to the program behind a target: `make test ARGS='-k posting'`, `make serve ARGS='--port 9000'`.
ARGS ?=
# How many processes share the tests.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help venv demo serve test lint check format bench faults cluster soak hostile fuzz audit tools browser screenshots constraints clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/runtime.stamp  ## an article with comments to try everything on; Ctrl-C ends it
	@exec $(BIN)/commentsvc demo $(ARGS)

serve: $(VENV)/runtime.stamp  ## the service, on commentsvc.db in this folder
	@exec $(BIN)/commentsvc serve $(ARGS)

test: venv browser  ## all tests, on SQLite and PostgreSQL and in a browser; ARGS goes to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

lint: venv  ## ruff and pyright
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --warnings

check: lint test  ## lint and test

format: venv  ## lay out the source and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: venv tools  ## how fast the service is, beside nginx and bare WSGI; writes docs/speed.md, in about six minutes
	@exec $(BIN)/python -m bench $(ARGS)

faults: venv  ## break the running service in every way, and look whether anything is lost; --quick takes four minutes
	@exec $(BIN)/python -m faults $(ARGS)

cluster: venv tools  ## two service hosts, PostgreSQL with a replica, nginx, in network namespaces; one after the other is broken
	@exec $(BIN)/python -m faults.cluster $(ARGS)

soak: venv tools  ## 500 connections at twice what the service can do, for ten minutes
	@exec $(BIN)/python -m bench.soak $(ARGS)

hostile: venv browser  ## hostile texts by every way in, judged in every place they come out; ARGS=FILE.jsonl takes more along
	@exec $(BIN)/python -m tests.browser.hostile_run $(ARGS)

fuzz: venv $(ATTACK)/stamp  ## the running service by its contract, on both databases, five minutes each; needs the network once
	@exec $(BIN)/python -m tests.web.fuzz_run $(ATTACK)/bin/schemathesis $(ARGS)

audit: $(ATTACK)/stamp  ## known holes in the versions of constraints.txt; needs the network
	@exec $(ATTACK)/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip $(ARGS)

# Apart from what the tests rest on, which a tool that comes with plugins must not change.
$(ATTACK)/stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing schemathesis and pip-audit into $(ATTACK) ..."
	@$(BIN)/python -m venv $(ATTACK)
	@$(ATTACK)/bin/python -m pip --disable-pip-version-check install --quiet -c constraints.txt '.[attack]'
	@touch $@

screenshots: venv browser  ## pictures of all pages, in light and dark and three widths
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

venv: $(VENV)/dev.stamp  ## .venv with everything that work on the code needs

# The demo needs the runtime alone, which is there much sooner.
$(VENV)/runtime.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing commentsvc into $(VENV) ..."
	@$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing commentsvc and its tools for development into $(VENV) ..."
	@$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@touch $(VENV)/runtime.stamp $@

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed, and none was found." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

browser:  ## Chromium for the browser tests, if there is none
	@if { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium ..." && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
		echo "The browser tests need Chromium, and there is none: install it (on Debian: sudo apt-get install chromium)." >&2; \
		exit 1; \
	fi

# nginx's own service is of no use here, and takes port 80. Without these the bench does what it can, and says so.
tools:
	@missing=$$(PATH="$$PATH:/usr/sbin"; command -v wrk >/dev/null || echo wrk; command -v nginx >/dev/null || echo nginx-light); \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing" $$missing "..." && apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null && \
		case "$$missing" in *nginx*) systemctl disable --now nginx || service nginx stop;; esac >/dev/null 2>&1 || :; \
	fi

constraints:  ## pin the newest versions that pyproject.toml allows
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(PYTHON) -m venv "$$folder" && \
	"$$folder/bin/python" -m pip --disable-pip-version-check install --quiet -e '.[dev,attack]' && \
	{ echo '# The versions that were tested together; `make constraints` makes this file.'; \
	"$$folder/bin/python" -m pip --disable-pip-version-check freeze --exclude-editable --exclude commentsvc; } \
	>"$$folder/constraints.txt" && cp "$$folder/constraints.txt" constraints.txt

clean:  ## remove what these targets made, but no database
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
