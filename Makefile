# redraw from a fresh clone, with nothing but Python 3.11 or later, pip, make and git.

PYTHON ?=
export PYTHON

.PHONY: help setup demo test check clean distclean

help:
	@echo "make demo       fit the bundled drawing, draw it again at three sizes, and measure: demo/"
	@echo "make test       format, style, types, import arrows and tests"
	@echo "make check      the same with the slow tests"
	@echo "make setup      only prepare .venv (the others do so themselves)"
	@echo "make clean      remove demo/ and what building and testing left"
	@echo "make distclean  and .venv"
	@echo "PYTHON=python3.12 chooses the interpreter of a new .venv"

setup:
	@scripts/setup

demo: setup
	@.venv/bin/python examples/demo.py

test: setup
	@scripts/chromium
	@scripts/check

check: setup
	@scripts/chromium
	@scripts/check --slow

clean:
	rm -rf demo build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests examples scripts -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv
