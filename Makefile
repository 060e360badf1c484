# SPDX-License-Identifier: Apache-2.0
#
# The front door: everything is done by the scripts in tools/ and by CMake.
# FAVONIUS_BUILD names another build folder than build/.

export FAVONIUS_BUILD ?= build
export FUZZ_SECONDS ?= 60

.PHONY: all demo test interop-bluez stress bench lint format fuzz clean help
.NOTPARALLEL:

help:
	@printf '%s\n' \
	'make demo     two MicroPython devices talk Bluetooth LE over a simulated air' \
	'make test     every test, plain and under sanitizers; ends with "N passed, N failed"' \
	'make interop-bluez  BlueZ of a virtual machine against our host, over our air' \
	'make stress   the long tests: many seeds, many repetitions' \
	'make bench    what it achieves, against what is possible: a table, and bench/results/' \
	'make lint     layout, static analysis, who includes whom, headers documented' \
	'make format   lay out the C sources as make lint wants them' \
	'make fuzz     each fuzz target for FUZZ_SECONDS ($(FUZZ_SECONDS))' \
	'make all      build the library, the command and favonius-micropython' \
	'make clean    remove the build folder ($(FAVONIUS_BUILD)/)' \
	'' \
	'What is missing is installed first. MICROPYTHON_DIR=FOLDER uses your MicroPython source.'

all:
	@tools/bootstrap.sh demo
	@tools/build.sh release
	@tools/micropython.sh release

demo:
	@tools/demo.sh

test:
	@tools/test.sh

interop-bluez:
	@tools/interop_bluez.sh

stress:
	@tools/test.sh --stress

bench:
	@tools/bench.sh

lint:
	@tools/lint.sh

format:
	@tools/lint.sh --format

fuzz:
	@tools/fuzz.sh

clean:
	rm -rf "$(FAVONIUS_BUILD)"
