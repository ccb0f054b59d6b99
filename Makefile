# Two commands for a newcomer: `make demo` shows the provider at work, `make test` proves it.
# Everything they need goes into .venv, from the package index pip is set up to use. `make help` lists the rest.

PYTHON ?= python3.13 python3.12 python3.11 python3
VENV   := .venv
BIN    := $(VENV)/bin
LOG    := $(VENV)/install.log

# Airflow is many short processes: without bytecode files each of them would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE
# Importing Airflow creates AIRFLOW_HOME, and nothing here may touch the one of the person at the keyboard.
export AIRFLOW_HOME := $(CURDIR)/$(VENV)/airflow-home
# What the browser tests saw last.
export CLOUDFLOWS_SCREENSHOTS ?= $(CURDIR)/$(VENV)/screenshots
# The theme advertises its successor in every build.
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help docs docs-serve demo demo-ui demo-distributed test test-ui test-distributed test-matrix browser servers faults bench release-check lint style format constraints clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo  ## Provision five resources on two clouds in a throw-away Airflow, on this machine alone
	@$(BIN)/python -m airflow_provider_cloudflows.demo

demo-ui: $(VENV)/.demo  ## The same, and keep Airflow's web UI and the sandbox page open until Ctrl-C
	@$(BIN)/python -m airflow_provider_cloudflows.demo --ui

demo-distributed: $(VENV)/.distributed  ## The same on two Celery workers, Redis and PostgreSQL, each a process of its own
	@$(BIN)/python -m airflow_provider_cloudflows.demo --distributed

docs: $(VENV)/.docs  ## Write the reference from the code and build the documentation as a site, in build/site
	@$(BIN)/python -m tests.reference
	@$(BIN)/python -m mkdocs build --quiet
	@echo "build/site/index.html is the documentation; 'make docs-serve' shows it with its search."

docs-serve: docs  ## The same, and show it on this machine until Ctrl-C; PORT=8000
	@echo "http://127.0.0.1:$(or $(PORT),8000)"; $(BIN)/python -m http.server $(or $(PORT),8000) --bind 127.0.0.1 -d build/site

# Four workers on two cores: many tests wait for a clock or a process. Tests of one group share what is dear to start, such as one
# running Airflow; the longest groups are collected first, and begin first. All others go by their modules.
PARALLEL := -n 4 --dist loadgroup --no-loadscope-reorder

# mypy uses one core for as long as a minute in a clean clone: the tests run beside it.
test: style  ## Check style, types and layers, and run every test
	@echo "==> tests, and types beside them"
	@$(BIN)/mypy --no-error-summary > $(VENV)/types.log 2>&1 & types=$$!; \
	$(BIN)/python -m pytest $(PARALLEL) $(PYTEST_ARGS); tests=$$?; \
	wait $$types || { echo "==> mypy: types"; cat $(VENV)/types.log; exit 1; }; \
	exit $$tests

# 'make test' runs these too where it finds a browser.
test-ui: browser  ## Use Airflow's forms and the sandbox's console in a real browser; installs Chromium where that is allowed
	@$(BIN)/python -m pytest tests/ui $(PYTEST_ARGS)
	@echo "Screenshots: $(CLOUDFLOWS_SCREENSHOTS)"

test-distributed: servers $(VENV)/.dev $(VENV)/.distributed  ## Kill Celery workers, Redis and PostgreSQL under running creates; installs the servers where that is allowed
	@echo "==> tests: several machines"
	@CLOUDFLOWS_DISTRIBUTED=1 $(BIN)/python -m pytest tests/distributed $(PYTEST_ARGS)

browser: $(VENV)/.dev
	@$(have_browser) || { $(install_chromium); }
	@$(have_browser) || { echo "No browser: install Chromium, or name it: make test-ui CHROMIUM=/path/to/it."; exit 1; }

servers: $(VENV)/.demo
	@$(have_servers) > /dev/null 2>&1 || { $(install_servers); }
	@$(have_servers)

lint: style  ## Check style, types and layers only
	@echo "==> mypy: types"
	@$(BIN)/mypy --no-error-summary

style: $(VENV)/.dev
	@echo "==> ruff: style and likely bugs"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "The files named above are not formatted: run 'make format'."; exit 1; }
	@echo "==> import-linter: who may import whom"
	@$(BIN)/lint-imports > $(VENV)/layers.log || { cat $(VENV)/layers.log; exit 1; }

format: $(VENV)/.dev  ## Format the code and fix what ruff can fix
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

faults: $(VENV)/.dev  ## Inject faults for longer than the tests do: 10,000 creates, 5,000 histories, every kill, a storm of mapped tasks, 1,000 examples of each property
	@CLOUDFLOWS_LONG=1 CLOUDFLOWS_CREATES=10000 CLOUDFLOWS_EXAMPLES=2500 $(BIN)/python -m pytest tests/faults $(PYTEST_ARGS)
	@CLOUDFLOWS_EXAMPLES=1000 $(BIN)/python -m pytest -m hypothesis tests/auth tests/operators tests/provisioning tests/services tests/transport tests/waiting $(PYTEST_ARGS)

bench: $(VENV)/.dev  ## Print the benchmark table; 10,000 waits in one triggerer take half an hour of it (WAITS=0: none)
	@$(BIN)/python -m tests.benchmarks --waits $(or $(WAITS),10000)

release-check: $(VENV)/.dev  ## Build sdist and wheel, install each into an empty environment, and run the example project there
	@$(index); $(BIN)/python -m tests.release

test-matrix: $(VENV)/.uv  ## Run the tests on every supported Airflow and every Python that is found; ends with a table (WHOLE=1: all on each; ONLY=3.1.0-py3.11)
	@$(needs_uv)
	@$(index); $(BIN)/python -m tests.compat $(if $(WHOLE),--whole) $(if $(ONLY),--only $(ONLY)) $(PARALLEL) $(PYTEST_ARGS)

constraints: $(VENV)/.uv  ## Pin again what the demo and the tests install
	@$(needs_uv)
	@$(index); $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command 'make constraints' --extra testing --group dev --group distributed pyproject.toml -o constraints.txt
	@echo "constraints.txt holds what the index offers today: run 'make test', then commit it."

clean:  ## Remove the environments and everything the tools left behind
	@rm -rf .venv .venv-* build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment ---------------------------------------------------------------------------------------

# uv does not read pip's settings: hand over the index that pip would use.
index = i="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2> /dev/null)}}"; \
	if [ -n "$$i" ]; then export UV_DEFAULT_INDEX="$$i"; fi

needs_uv = [ -x $(BIN)/uv ] || { echo "This needs uv, and pip could not install it: see $(LOG)."; exit 1; }

# install(what to say, arguments for uv and pip alike, arguments for uv alone)
define install
	@echo "==> $(1)"
	@$(index); \
	if [ -x $(BIN)/uv ]; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python $(3) -c constraints.txt --build-constraints constraints.txt $(2); \
	else \
	  $(BIN)/python -m pip install -c constraints.txt $(2); \
	fi > $(LOG) 2>&1 || { cat $(LOG); echo "Installing failed: the package index's answer is above."; exit 1; }
endef

have_browser = $(BIN)/python -c 'import sys; from tests.ui.browser import find_chromium; sys.exit(not find_chromium())'

# apt_install(what to say, packages): only for Debian and its kin, and only without asking for a password. A list that
# cannot be renewed is no reason to give up: the package may be in the lists that are there. Another installation that
# is under way is waited for.
apt_install = \
	if [ "$$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi; \
	if command -v apt-get > /dev/null && $$as_root true 2> /dev/null; then \
	  echo "==> installing $(1)"; \
	  { $$as_root apt-get -o DPkg::Lock::Timeout=120 update; \
	    $$as_root env DEBIAN_FRONTEND=noninteractive \
	      apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 install --yes --no-install-recommends $(2); \
	  } > $(LOG) 2>&1 || cat $(LOG); \
	fi

# Not for who has named another browser.
install_chromium = if [ -z "$$CHROMIUM" ]; then $(call apt_install,Chromium,chromium); fi

have_servers = $(BIN)/python -m airflow_provider_cloudflows.demo.servers

install_servers = $(call apt_install,PostgreSQL and Redis,postgresql redis-server)

$(VENV)/.demo: $(VENV)/.uv pyproject.toml constraints.txt
	$(call install,installing Airflow and the provider,-e '.[sandbox]',--compile-bytecode)
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	$(call install,installing the test tools and the vendors' SDKs,-e '.[sandbox]' --group dev)
	@touch $@

$(VENV)/.docs: $(VENV)/.demo
	$(call install,installing the builder of the documentation,-e '.[sandbox]' --group docs)
	@touch $@

$(VENV)/.distributed: $(VENV)/.demo
	$(call install,installing the Celery provider and the drivers of PostgreSQL,-e '.[sandbox]' --group distributed,--compile-bytecode)
	@touch $@

# uv installs Airflow in seconds where pip needs a minute. It is a convenience: without it pip does the work,
# and then a pip that knows dependency groups.
$(VENV)/.uv:
	@for candidate in $(PYTHON); do \
	  if $$candidate -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
	    python=$$candidate; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or newer with its venv module among: $(PYTHON). Install one, or name it: make PYTHON=/path/to/python3."; \
	  exit 1; \
	fi; \
	echo "==> making $(VENV) with $$($$python --version)"; \
	$$python -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet uv > $(LOG) 2>&1 \
	  || $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' >> $(LOG) 2>&1 \
	  || { cat $(LOG); echo "The package index cannot be reached: pip's answer is above."; exit 1; }
	@touch $@
