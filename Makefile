# `make` lists what there is. Every target that needs an environment makes it first.

PYTHON ?= python3
DATA ?= .local
PORT ?= 8400

BIN := .venv/bin
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-input
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
NODE := $(shell command -v node 2>/dev/null)
say = @printf '\n== %s\n'

.DEFAULT_GOAL := help
.PHONY: help install demo run test check bench layers lock clean
.PHONY: lint load soak deploy-local openapi fuzz fuzz-spans

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 21

install: .venv/.owed .venv-ministack/.installed ## make the two environments (the other targets do it themselves)
	@:

demo: install ## play the guide's ten minutes through the published client, down to the PDF
	@$(BIN)/python -m local.demo

run: install ## keep the system up on 127.0.0.1:8400 (PORT=...), its data in .local (DATA=...)
	@exec $(BIN)/owed up --data $(DATA) --port $(PORT)

deploy-local: install ## deploy the real app into the local back end, with IAM enforced; use, change and remove it
	@$(BIN)/python -m local.deployment

test: install lint ## format, lint, types, import contracts and all tests
ifdef NODE
	$(say) 'layers (the infra tests put them into the app)'
	@$(BIN)/python -m infra.layers
	$(say) 'pytest'
	@$(BIN)/pytest $(PARALLEL)
else
	$(say) 'pytest, WITHOUT the infra and deployed tests, which run the CDK, and WITHOUT the Node client: Node is not installed'
	@$(BIN)/pytest $(PARALLEL) -m 'not infra and not deployed'
endif

check: lint ## the same without installing and without the slow tests
	$(say) 'pytest, the quick ones'
	@$(BIN)/pytest $(PARALLEL) -m 'not infra and not deployed and not local and not slow'

lint:
	$(say) 'ruff format'
	@$(BIN)/ruff format --check .
	$(say) 'ruff check'
	@$(BIN)/ruff check .
	$(say) 'mypy'
	@$(BIN)/mypy functions infra local openapi tests benchmarks
	$(say) 'pyright'
	@$(BIN)/pyright
	$(say) 'lint-imports'
	@$(BIN)/lint-imports

bench: install ## count calls, write units and bytes against the budgets
	@$(BIN)/python -m benchmarks

load: install ## send signals to the local system for some minutes; fails when one is lost or counted twice (LOAD=--help)
	@$(BIN)/python -m benchmarks.load $(LOAD)

soak: install fuzz-spans ## deliver a million signals amid faults and races; fails at any difference (SOAK=--help)
	@PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.soak $(SOAK)

fuzz-spans: .venv/.fuzz ## send spans by chance to the front door, steered by atheris: first part of `make soak` (FUZZ=--help)
	@PYTHONHASHSEED=0 $(BIN)/python -m benchmarks.fuzz_spans $(FUZZ)

fuzz: install ## make many more hostile requests than `make test` does (EXAMPLES=500)
	@HOSTILE_EXAMPLES=$(or $(EXAMPLES),500) $(BIN)/pytest tests/hostile

openapi: install ## write functions/health/openapi.json anew, which GET /openapi.json answers, from the routes
	@$(BIN)/python -m openapi

layers: install ## fetch the wheels of the Lambda layers (arm64, CPython 3.13) into build/layers
	@$(BIN)/python -m infra.layers

clean: ## remove the environments, caches and what was built; leaves .local alone
	rm -rf .venv .venv-ministack .venv-lock build cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# ---- environments --------------------------------------------------------------------------------------------------

.venv/.requirements: requirements/dev.txt
	@$(call new_environment,.venv)
	@echo 'Installing requirements/dev.txt into .venv; the first time takes a minute or two.'
	@.venv/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

.venv/.owed: .venv/.requirements pyproject.toml
	@.venv/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# There is no wheel for each machine; without it that part of `make soak` says that it is left out.
.venv/.fuzz: .venv/.owed requirements/fuzz.txt
	@.venv/bin/python $(PIP_INSTALL) --only-binary :all: --require-hashes -r requirements/fuzz.txt || true
	@touch $@

# ministack pins botocore exactly, to another version than ours.
.venv-ministack/.installed: requirements/ministack.txt
	@$(call new_environment,.venv-ministack)
	@echo 'Installing requirements/ministack.txt into .venv-ministack.'
	@.venv-ministack/bin/python $(PIP_INSTALL) --require-hashes -r $<
	@touch $@

define new_environment
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo 'Owed needs Python 3.11 or newer; name one with PYTHON=...' >&2; exit 1; }; \
$(PYTHON) -m venv --clear $(1) \
	|| { echo 'python3 cannot make virtual environments here; on Debian: apt install python3-venv' >&2; exit 1; }
endef

# ---- pins ----------------------------------------------------------------------------------------------------------

PIP_COMPILE = .venv-lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options $(UPGRADE)

lock: .venv-lock/.installed ## write requirements/*.txt anew: pins and hashes (UPGRADE=--upgrade takes newer versions)
	$(PIP_COMPILE) --all-build-deps --extra dev --extra documents --extra telemetry --extra infra -o requirements/dev.txt pyproject.toml
	$(PIP_COMPILE) -o requirements/ministack.txt requirements/ministack.in
	$(PIP_COMPILE) -o requirements/fuzz.txt requirements/fuzz.in
	$(PIP_COMPILE) -c requirements/dev.txt -o requirements/layer-runtime.txt requirements/layer-runtime.in
	$(PIP_COMPILE) -c requirements/dev.txt -o requirements/layer-telemetry.txt requirements/layer-telemetry.in
	$(PIP_COMPILE) -c requirements/dev.txt -o requirements/layer-typst.txt requirements/layer-typst.in

.venv-lock/.installed:
	@$(call new_environment,.venv-lock)
	@.venv-lock/bin/python $(PIP_INSTALL) 'pip-tools==7.6.2'
	@touch $@
