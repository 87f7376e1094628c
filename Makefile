# Needs Python 3.11 or 3.12, and make. Everything else is installed into .venv and .tools.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
CONFIG ?= secrets/config.json
CATALOG ?= secrets/catalog.json
PORT ?= 8900
DATABASE ?= bill.duckdb
# options of `make sync`: see docs/sync-tool.md
STREAMS ?=
WITHOUT ?=
SINCE ?=
BACKFILL ?=
FULL_REFRESH ?=
# the image's name; BASE_IMAGE replaces the base image of the Dockerfile
IMAGE ?= source-billcom:dev
BASE_IMAGE ?=
DOCKER_BUILD_FLAGS ?=
# where the bill of materials is written
SBOM ?= build/sbom.cdx.json

.PHONY: help setup demo sync benchmark catalog emulator test test-all test-pythons airbyte-gates package reliability image image-test sbom generate lint audit format lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## install everything into .venv, with the commands source-billcom and billcom-sync in .venv/bin

# Poetry writes the lock file and exports it, and uv installs the export. This works with any package
# index that the machine is configured for, and takes seconds. Airbyte's tools use Poetry 1.8 too.
.tools/.ready: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo "This needs Python 3.11 or 3.12 (the versions that PyAirbyte supports): make PYTHON=python3.11"; exit 1; }
	rm -rf .tools
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check \
		uv==0.13.9 poetry==1.8.5 poetry-plugin-export==1.8.0 \
		pip-audit==2.10.1 cyclonedx-bom==7.5.0 check-jsonschema==0.39.0
	touch $@

.venv/.ready: .tools/.ready pyproject.toml poetry.lock
	rm -rf .venv
	$(PYTHON) -m venv --without-pip .venv
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry export --quiet --with dev --all-extras \
		--output .tools/requirements.txt
	.tools/bin/uv pip install --quiet --python .venv/bin/python --require-hashes \
		--requirement .tools/requirements.txt
	.tools/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
	touch $@

demo: setup ## sync a local BILL into demo/bill.duckdb twice, and compare
	.venv/bin/python -m demo

sync: setup ## sync BILL into DuckDB or PostgreSQL: make sync CONFIG=secrets/config.json DATABASE=bill.duckdb
	.venv/bin/billcom-sync --config "$(CONFIG)" --database "$(DATABASE)" \
		$(if $(STREAMS),--streams $(STREAMS)) $(if $(WITHOUT),--without $(WITHOUT)) \
		$(if $(SINCE),--since $(SINCE)) $(if $(BACKFILL),--backfill $(BACKFILL)) \
		$(if $(FULL_REFRESH),--full-refresh $(filter-out all,$(FULL_REFRESH))) $(if $(QUIET),--quiet)

benchmark: setup benchmarks/.venv/.ready .tools/image/.ready ## measure waiting, CPU time and memory; PARTS="waiting growth" runs some parts
	.venv/bin/python -m benchmarks

# packages that only the comparison needs, so they are not in the connector's lock file
benchmarks/.venv/.ready: .tools/.ready benchmarks/requirements.txt
	rm -rf benchmarks/.venv
	$(PYTHON) -m venv --without-pip benchmarks/.venv
	.tools/bin/uv pip install --quiet --python benchmarks/.venv/bin/python \
		--requirement benchmarks/requirements.txt
	touch $@

# the connector with the packages of the image, because others that the CDK finds slow its start
.tools/image/.ready: .tools/.ready pyproject.toml poetry.lock
	rm -rf .tools/image
	$(PYTHON) -m venv --without-pip .tools/image
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry export --quiet --only main \
		--output .tools/image.txt
	.tools/bin/uv pip install --quiet --python .tools/image/bin/python --require-hashes \
		--requirement .tools/image.txt
	.tools/bin/uv pip install --quiet --python .tools/image/bin/python --no-deps --editable .
	touch $@

catalog: setup ## write a catalog of all streams for `source-billcom read`: make catalog CONFIG=... CATALOG=...
	@mkdir -p $(dir $(CATALOG))
	@.venv/bin/source-billcom discover --config $(CONFIG) --configured > $(CATALOG).new \
		|| { rm -f $(CATALOG).new; exit 1; }
	@mv $(CATALOG).new $(CATALOG)
	@echo "Wrote a catalog of all streams to $(CATALOG)"

emulator: setup ## start a local BILL, and write its configuration to secrets/config.json if there is none
	.venv/bin/python -m bill_emulator --port $(PORT) --write-config $(CONFIG)

test: setup ## run the tests, except the slow ones and those of the image
	.venv/bin/python -m pytest -n 2 -m "not slow"

test-all: setup ## run all tests except those of the image
	.venv/bin/python -m pytest -n 2

test-pythons: setup ## test the connector on the other installed Python versions, 3.11 to 3.13
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry export --quiet --only main \
		--output .tools/main.txt
	.venv/bin/python -m integration_tests.pythons --uv .tools/bin/uv --requirements .tools/main.txt

reliability: setup ## run the proofs of docs/reliability.md; PARTS="changes kills" runs some parts
	PARTS="$(PARTS)" QUICK="$(QUICK)" SEED="$(SEED)" .venv/bin/python -m reliability

image: ON_BASE = $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE))
image: ## build the image and its bill of materials: make image IMAGE=... (needs Docker only)
	docker build $(DOCKER_BUILD_FLAGS) $(ON_BASE) --tag $(IMAGE) .
	@docker build --quiet $(DOCKER_BUILD_FLAGS) $(ON_BASE) --target sbom --tag $(IMAGE)-sbom . >/dev/null
	@mkdir -p $(dir $(SBOM))
	docker run --rm $(IMAGE)-sbom > $(SBOM)
	@docker history --no-trunc --human=false --format '{{.Size}} {{.CreatedBy}}' $(IMAGE) \
		| awk '/opt\/source-billcom/ {size += $$1} \
		END {printf "$(IMAGE) adds %.0f MB to its base image\n", size / 1e6}'

image-test: setup ## test the image: its contents, every command, Airbyte's suite, PyAirbyte
	.venv/bin/python -m pytest -n 2 -rs -m image_tests integration_tests \
		--connector-image $(IMAGE) --read-from-streams=all --read-scenarios=all

# IMAGE= leaves out the tests of the image; ONLINE=1 looks things up on the internet
airbyte-gates: OPS = $(if $(ONLINE),.tools/airbyte-ops/bin/airbyte-ops,.tools/airbyte-ops/bin/python .ci/airbyte/offline_qa.py)
airbyte-gates: setup .tools/airbyte-ops/.ready ## run Airbyte's own checks and tests of connectors
	.venv/bin/python -m integration_tests.airbyte_gates --airbyte-ops "$(addprefix $(CURDIR)/,$(OPS))" \
		$(if $(IMAGE),--image $(IMAGE))

# packages that only Airbyte's tool needs, so they are not in the connector's lock file
.tools/airbyte-ops/.ready: .tools/.ready .ci/airbyte/requirements.txt
	rm -rf .tools/airbyte-ops
	.tools/bin/uv venv --quiet --python .tools/bin/python .tools/airbyte-ops
	.tools/bin/uv pip install --quiet --python .tools/airbyte-ops/bin/python \
		--requirement .ci/airbyte/requirements.txt
	touch $@

package: .tools/.ready ## build the wheel for PyPI: make package REPOSITORY=https://github.com/owner/name
	rm -rf dist
	.tools/bin/python .ci/package.py --repository "$(REPOSITORY)"

generate: setup ## update the generated files: stream table, entity diagram, catalogs, expected records, README's figures
	.venv/bin/python -m integration_tests.generate

lint: ISSUE_FORMS = $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
lint: setup ## run ruff and mypy --strict, and check the lock file and what GitHub reads
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry check --lock --quiet
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.tools/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.tools/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	.tools/bin/check-jsonschema --builtin-schema vendor.github-issue-forms $(ISSUE_FORMS)
	.tools/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

format: setup ## format the code and fix what ruff can fix
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

audit: .tools/.ready ## check the locked packages for known vulnerabilities
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry export --quiet --only main \
		--output .tools/runtime.txt
	.tools/bin/python .ci/audit.py .tools/runtime.txt

sbom: .tools/.ready ## write a CycloneDX bill of materials of the connector's dependencies
	@mkdir -p $(dir $(SBOM))
	rm -rf .tools/runtime
	.tools/bin/python -m venv --without-pip .tools/runtime
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry export --quiet --only main \
		--output .tools/runtime.txt
	.tools/bin/uv pip install --quiet --python .tools/runtime/bin/python --no-deps \
		--require-hashes --requirement .tools/runtime.txt
	.tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file $(SBOM) .tools/runtime/bin/python

lock: .tools/.ready ## update poetry.lock
	POETRY_VIRTUALENVS_CREATE=false .tools/bin/poetry lock --no-update

clean: ## remove everything that was installed or built
	rm -rf .venv .tools build dist benchmarks/.venv demo/bill.duckdb demo/.cache .mypy_cache .ruff_cache .pytest_cache
