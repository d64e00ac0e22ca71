# Two commands matter: `make demo` and `make test`. The rest are their parts.
# Needs only Python 3.11 or later, git and make; all else comes from PyPI into .venv*/.

PYTHON ?= python3
VENV := .venv
EMULATOR_VENV := .venv-emulator
COLLECTIONS := .build/collections
LINKED := $(COLLECTIONS)/ansible_collections/cloudrestore/aws

export ANSIBLE_COLLECTIONS_PATH := $(abspath $(COLLECTIONS))
export ANSIBLE_HOME := $(abspath .build/ansible)
export PATH := $(abspath $(VENV)/bin):$(PATH)
unexport PYTHONPATH

# What is measured by `make coverage`. Parts of it take minutes.
COVERED ?= tests/unit tests/integration

# The report's page is tried in Debian's Chromium. Without it, and without the right to install it, the tests say that they are skipped.
BROWSER := chromium chromium-driver

.PHONY: help demo test unit integration browser lint types bench bench-engine coverage mutation setup clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(VENV)/.ready $(EMULATOR_VENV)/.ready $(LINKED)  ## Make the two virtual environments

$(VENV)/.ready: tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(EMULATOR_VENV)/.ready: tests/emulator/requirements.txt
	$(PYTHON) -m venv $(EMULATOR_VENV)
	$(EMULATOR_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Ansible and Python both find a collection by its path .../ansible_collections/NAMESPACE/NAME.
$(LINKED):
	mkdir -p $(dir $@)
	ln -sfn $(CURDIR) $@

demo: setup  ## Converge a sample organization on the embedded AWS and act as the appliance
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.emulator.demo

test: lint types unit integration browser  ## Everything

unit: setup  ## Pure logic, two minutes
	$(VENV)/bin/python -m pytest tests/unit

integration: setup  ## MiniStack, moto and real playbook runs
	$(VENV)/bin/python -m pytest tests/integration

browser: setup  ## The report's page in a headless Chromium, which root gets by apt-get
	@if ! { command -v chromium && command -v chromedriver; } >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(BROWSER) fonts-dejavu-core >/dev/null \
		|| echo "$(BROWSER) could not be installed"; \
	fi
	$(VENV)/bin/python -m pytest -rs tests/browser

bench: setup  ## Against today's recipe and a plain script; BENCH="--accounts 200 1000 --rounds 3"
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.benchmark $(BENCH)

lint: setup  ## ruff, yamllint, ansible-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/yamllint --strict .
	$(VENV)/bin/ansible-lint --offline --profile production

types: setup  ## mypy --strict on plugins/
	$(VENV)/bin/mypy

bench-engine: setup  ## Time the policy engine over every AWS-managed policy
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.benchmark.engine

coverage: setup  ## Lines and branches of plugins/ that unit and integration tests run; COVERED="tests/unit tests/integration/test_fleet.py"
	rm -rf .build/coverage && mkdir -p .build/coverage
	$(VENV)/bin/python -m coverage run -m pytest $(COVERED)
	$(VENV)/bin/python -m coverage combine --quiet
	$(VENV)/bin/python -m coverage report --fail-under=95

mutation: setup  ## Whether the tests notice small wrong changes to the engine and the plans; MUTATION="plan --only rollback"
	PYTHONPATH=$(COLLECTIONS):. $(VENV)/bin/python -m tests.mutation $(MUTATION)

clean:  ## Remove what the targets made
	rm -rf $(VENV) $(EMULATOR_VENV) .build .pytest_cache .mypy_cache .ruff_cache .hypothesis .ansible
