# `make` or `make help` lists what there is. Everything a target needs is installed by the target itself.

PYTHON ?= python3
PY := .venv/bin/python
MINISTACK := .venv-ministack/bin/python
PIP_FLAGS := --quiet --disable-pip-version-check --no-input

DATA ?= .local
PORT ?= 8400

.DEFAULT_GOAL := help
.PHONY: help install demo run test check bench layers lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

