# Everything a newcomer, a developer and CI need; each target installs what it uses.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
NAME   ?=

KILLS   ?= 200
REPLAYS ?= 2000

.PHONY: demo test lint bench chaos simulate golden screenshots pictures servers clean

demo: $(VENV)/.demo         ## run a whole edition on a made-up world, in demo/
	rm -rf demo
	$(BIN)/winddown --now 2026-11-23T12:00 demo demo

test: $(VENV)/.test servers ## the whole test suite
	$(BIN)/pytest --numprocesses 2

lint: $(VENV)/.lint         ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test servers ## every benchmark, or one: make bench NAME=plan
	$(BIN)/python benchmarks/__main__.py $(NAME)

chaos: $(VENV)/.test servers ## kill senders KILLS times each, and count what arrived: make chaos KILLS=200
	$(BIN)/python tests/chaos --kills $(KILLS)

simulate: $(VENV)/.test     ## replay the sample world's past REPLAYS times: do the tests and intervals keep their promises?
	$(BIN)/python benchmarks/simulate.py --replays $(REPLAYS)

golden: $(VENV)/.test       ## write the golden emails anew, to be reviewed as a diff
	WINDDOWN_GOLDEN=write $(BIN)/pytest tests/campaigns/rendering -k golden

screenshots: $(VENV)/.test servers ## the emails at every width, in light and dark, into screenshots/
	WINDDOWN_SCREENSHOTS=screenshots $(BIN)/pytest tests/campaigns/rendering/test_templates_look.py

pictures: $(VENV)/.test servers ## docs/'s pictures of the emails, their parts and the studio, anew
	PYTHONPATH=tests:tests/campaigns/rendering $(BIN)/python -m pictures
	PYTHONPATH=tests:tests/campaigns/studio $(BIN)/python -m studio_pictures

servers:                    ## PostgreSQL, smtp-sink, Chromium and Java, where apt may install them
	.ci/servers

clean:                      ## everything that is made
	rm -rf $(VENV) demo .bench screenshots

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.%: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[$*]'
	touch $@
