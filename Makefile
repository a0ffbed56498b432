# Two commands: `make run` and `make test`. Everything they do is in tools/make.py.
#   make run ARGS="--port 0"       serve the default realm; ARGS go to `loom run`
#   make test ARGS="-k lantern"    every check and every test; ARGS go to pytest
#   make check · soak · cover · lock · clean · setup

# The first Python that is new enough; looked for once.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name \
	&& break; done || echo python3)
endif
ARGS ?=

.PHONY: run test check soak cover lock clean setup
run test check soak cover lock clean setup:
	@$(PYTHON) tools/make.py $@ $(ARGS)
