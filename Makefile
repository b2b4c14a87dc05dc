# Two commands: `make serve` and `make test`. Each does all its own set-up and can be repeated.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
WORKERS ?= 2

.PHONY: serve test campaigns check lock hashes release-check clean

serve: .venv/.installed ## make the environment, build the index over documents/, serve on 127.0.0.1:8000 and follow the folder
	$(BIN)/alliance-qa index
	$(BIN)/alliance-qa serve --watch

test: .venv/.browser ## make the environment, then lint, check types and run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# Types beside the tests. One thread a worker: threads that wait for each other are slow where others want the cores.
	@# A worker that ends is a failure; to start another, pytest-xdist 3.8 waits without end.
	$(BIN)/mypy > .venv/mypy.log 2>&1 & types=$$!; \
	OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder --max-worker-restart=0 \
		--cov --cov-fail-under=90 --durations=30; tests=$$?; \
	wait $$types || { cat .venv/mypy.log; exit 1; }; exit $$tests

campaigns: .venv/.browser ## every campaign in full, one after the other; each prints its seed
	@for campaign in 'swaps --full' 'replicas --full' 'kills --full' 'uploads --full' 'faults --full' 'powerloss --full' 'corruption --full' \
			'malformed --count 500 --good 200' 'malformed --count 500 --good 200 --ask' 'payloads --full' 'contract --full' \
			'sockets --full' 'restarts --full' 'memory --full' 'nasty --full' 'stores --full' 'overload --full' 'crowd --full' 'cluster'; do \
		echo "== campaigns.$$campaign"; PYTHONPATH=tests $(BIN)/python -m campaigns.$$campaign || failed="$$failed $${campaign%% *}"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

# uv takes seconds where pip takes a minute; where it cannot be had, or finds no index, pip does the same.
define install
	$(BIN)/uv pip install --python $(BIN)/python $(1) || \
		$(BIN)/python -m pip install --disable-pip-version-check --no-compile $(1)
endef

.venv/.installed: requirements.lock release/tools.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making .venv with $(PYTHON): about 1.6 GB, a few minutes on the first run"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --no-compile --no-deps --require-hashes -r release/tools.lock
	$(call install,--no-deps --require-hashes -r requirements.lock)
	@# torch alone, by pip and without a hash: its exact pin takes the CPU build where one is offered, and each index
	@# has builds of its own of the same version.
	$(BIN)/python -m pip install --disable-pip-version-check --no-compile torch==2.13.0
	$(call install,--no-deps --no-build-isolation -e .)
	@touch $@

.venv/.installed-tests: .venv/.installed requirements-test.lock
	$(call install,--no-deps --require-hashes -r requirements-test.lock)
	@touch $@

.venv/.browser: .venv/.installed-tests
	@# Debian's Chromium where we may install it, with one Japanese font; else the one that Playwright knows of.
	command -v chromium || command -v chromium-browser || command -v google-chrome || \
		{ test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qqy --no-install-recommends chromium fonts-vlgothic; } || \
		$(BIN)/playwright install chromium
	@touch $@

lock: ## resolve pyproject.toml anew and write down the versions
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/python -m pip install -q torch==2.13.0
	.lock/bin/python -m pip install -q .
	.lock/bin/python -m pip freeze --exclude alliance-qa | grep -Ev '^(torch|triton|nvidia-.*|cuda-.*)\b' > requirements.txt
	.lock/bin/python -m pip install -q '.[test]'
	.lock/bin/python -m pip freeze --exclude alliance-qa | grep -Ev '^(torch|triton|nvidia-.*|cuda-.*)\b' | \
		grep -vxFf requirements.txt > requirements-test.txt
	rm -rf .lock
	$(MAKE) hashes

hashes: .venv/.installed-tests ## write the locks and the bill of materials anew, after a pin has changed
	$(BIN)/python release/lock.py
	$(BIN)/python release/sbom.py

release-check: .venv/.installed-tests ## build the wheel, install it into a fresh environment, serve a folder with it
	PYTHON=$(PYTHON) $(BIN)/python release/check.py

clean:
	rm -rf .venv
