# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run demo test proofs fuzz bench performance screenshots lock
.DELETE_ON_ERROR:

# Where Python is told to keep no bytecode, each process that tests would compile all of them again.
export PYTHONDONTWRITEBYTECODE =

run: .venv/installed
	@exec $(BIN)/python app.py

# The service with a made-up night at six sites in it, until Ctrl-C.
demo: .venv/installed
	@exec $(BIN)/python -m demo

test: .venv/installed-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive app.py userstatus
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

# The slow proofs in full: twenty kills of the server, fifty of a program that logs, thirty of processes that send alerts,
# 250 power cuts, longer storms and nights, a thousand viewers, more examples for schemathesis and hypothesis.
# `make test` has them in a short form.
proofs: .venv/installed-tests
	$(BIN)/pytest -v --full tests/integration/test_storm.py tests/integration/test_schemathesis.py \
		tests/integration/test_telescope_kills.py tests/integration/test_slow_connections.py \
		tests/integration/test_duty_kills.py tests/integration/test_crowd.py tests/integration/test_night.py \
		tests/integration/test_resume.py tests/integration/test_power_cuts.py tests/integration/test_flushes.py \
		tests/integration/test_api.py tests/integration/test_reads.py tests/integration/test_malformed_frames.py

# 1,000,000 odd requests beside a poster and viewers that must not notice, and as many again to a service that
# asks for keys; or `make fuzz COUNT=5000 SEED=…`.
fuzz: .venv/installed-tests
	@$(BIN)/python -m tests.fuzz $(or $(COUNT),1000000) $(SEED)

# The project's own benchmarks: all, or `make bench WHAT="post viewers"`. See bench/README.md.
bench: .venv/installed-tests
	@$(BIN)/python -m bench $(WHAT)

# docs/performance.md and its plots, made anew. This takes a quarter of an hour, on a machine that does nothing else.
performance: .venv/installed-tests
	@$(INSTALL) -r requirements-docs.txt
	@$(BIN)/python -m docs.performance

# The pictures of the pages in the README, made anew.
screenshots: .venv/installed-tests
	$(BIN)/python -m docs.screenshots

# Resolve the newest versions that pyproject.toml allows and pin every one of them, with hashes.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock" pyproject.toml
lock: .venv/installed-tests
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(LOCK) --extra server --extra postgres --extra alerts -o requirements.txt
	$(LOCK) --group test --constraints requirements.txt -o requirements-test.txt
	$(LOCK) --group docs --constraints requirements-test.txt -o requirements-docs.txt

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "userstatus needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing userstatus into .venv (once) …"
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/installed-tests: .venv/installed requirements-test.txt tests/install tests/clients/package-lock.json
	@echo "Installing what the tests need (once) …"
	@$(INSTALL) -r requirements-test.txt
	@tests/install
	@touch $@
