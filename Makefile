# Two commands: `make run` and `make test`. Everything they do is in tools/make.py.
#   make run ARGS="--port 0"       serve the default realm; ARGS go to `loom run`
#   make test ARGS="-k lantern"    every check and every test; ARGS go to pytest
#   make check · soak · cover · lock · clean · setup

PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3 python,\
	$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>&1 \
	| grep -x True),$(name))) python3)
ARGS ?=

.PHONY: run test check soak cover lock clean setup
run test check soak cover lock clean setup:
	@$(PYTHON) tools/make.py $@ $(ARGS)
