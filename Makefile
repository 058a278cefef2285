# The two commands for a newcomer: `make book` and `make test`.
# Everything is done by Python; this file only gives it short names.

.DEFAULT_GOAL := help
.PHONY: help environment book serve site lite test quick learners bench check check-site clean

# Another Python for the environment: make book PYTHON=/path/to/python3.12
PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
# Almost everything here starts many Pythons. Each keeps what it has compiled for the next one.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# A Python that somebody names is wanted; the one that happens to be first on the PATH is not.
WANTED := $(if $(filter file,$(origin PYTHON)),,--python "$(PYTHON)")

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

environment:  ## make or repair the environment in .venv (all others do it first)
	@"$(PYTHON)" bootstrap.py $(WANTED)

book: environment  ## build the book, every notebook executed (SERVE=1: then serve it)
	@$(BIN)/organizer-lab book $(if $(SERVE),--serve)

serve: environment  ## build the book and serve it on this computer
	@$(BIN)/organizer-lab book --serve

lite: environment  ## build the course as a site that runs in the browser (WHEELS=folder)
	@$(BIN)/organizer-lab lite $(if $(WHEELS),--wheels "$(WHEELS)")

# Room by room, on as many processors as there are: see tests/workers.py.
test: environment  ## run every test that this computer can run
	@$(BIN)/python -m pytest --numprocesses=logical --maxprocesses=4

quick: environment  ## run the quick tests: no browser, no book, no fresh environment
	@$(BIN)/python -m pytest -m "not slow and not browser"

site: environment  ## build the book to publish: with offline, print, e-book and learner editions
	@$(BIN)/organizer-lab site

learners: environment  ## build the learner edition: a folder and a zip
	@$(BIN)/organizer-lab learners

bench: environment  ## measure set-up, book, grading and pages, and write a table
	@$(BIN)/python -m benchmarks

check: environment  ## check code, notebooks, tables and course.yml without running them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/organizer-lab tidy --check
	@$(BIN)/organizer-lab data check
	@$(BIN)/organizer-lab course

check-site: book  ## check every page as readers meet it: weight, strangers, errors, Lighthouse
	@$(BIN)/python -m benchmarks.site --compare

clean:  ## remove what was built; the environment and the gradebook stay
	@rm -rf _build dist .pytest_cache .ruff_cache .hypothesis
