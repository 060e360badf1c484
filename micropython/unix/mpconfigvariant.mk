# SPDX-License-Identifier: Apache-2.0
# The unix port with Favonius. Called by ../build.sh, which sets FAVONIUS_LIB_BUILD (the CMake build
# folder) and FAVONIUS_OUT. TOP is MicroPython's source tree, which may lack its submodules.

PROG = favonius-micropython

ifneq ($(wildcard $(TOP)/lib/micropython-lib/README.md),)
FROZEN_MANIFEST ?= $(VARIANT_DIR)/manifest_lib.py
else
FROZEN_MANIFEST ?= $(VARIANT_DIR)/manifest.py
# Only looked at for a README.md, which lib/ has.
MPY_LIB_DIR = $(TOP)/lib
endif
ifeq ($(wildcard $(TOP)/lib/mbedtls/library/*.c),)
MICROPY_PY_SSL = 0
MICROPY_SSL_MBEDTLS = 0
endif
ifeq ($(wildcard $(TOP)/lib/berkeley-db-1.xx/btree/*.c),)
MICROPY_PY_BTREE = 0
endif
ifneq ($(shell pkg-config --exists libffi && echo 1),1)
MICROPY_PY_FFI = 0
endif

# The calls in which MicroPython waits, answered by wait.c. Favonius itself keeps the real ones: its
# libraries become one object in which these calls are bound to them.
FAVONIUS_WRAPS = poll select read recv recvfrom accept usleep sched_yield
LDFLAGS += $(foreach call,$(FAVONIUS_WRAPS),-Wl,--wrap=$(call))

# select.poll(), and so asyncio, of which wait.c needs to know how long it waits.
$(BUILD)/extmod/modselect.o: CFLAGS += -include favonius_select.h

# bluetooth.BLE, to whose methods bonds.c adds.
$(BUILD)/extmod/modbluetooth.o: CFLAGS += -include favonius_modbluetooth.h

FAVONIUS_ROOMS = host settings hci crypto kernel port_posix
FAVONIUS_LIBS = $(foreach room,$(FAVONIUS_ROOMS),$(FAVONIUS_LIB_BUILD)/src/$(firstword \
	$(subst _, ,$(room)))/libfav_$(room).a)

# mbedTLS for src/crypto: the system's, kept apart from the one that MicroPython may bring for ssl by
# making its symbols local. Where there is no archive of it, there the shared library.
FAVONIUS_MBEDCRYPTO := $(filter /%,$(shell $(CC) -print-file-name=libmbedcrypto.a))
ifeq ($(FAVONIUS_MBEDCRYPTO),)
LIB += -lmbedcrypto
endif

ifneq ($(shell grep -s FAVONIUS_SANITIZE:BOOL=ON $(FAVONIUS_LIB_BUILD)/CMakeCache.txt),)
# The collector scans the stack, which must not be a fake one.
FAVONIUS_SANITIZE = -fsanitize=address --param asan-use-after-return=0 -fno-omit-frame-pointer
CFLAGS += $(FAVONIUS_SANITIZE)
LDFLAGS += -fsanitize=address,undefined
endif

# Without a recipe for it make would take this file's first target as the default one.
all:

$(BUILD)/favonius.o: $(FAVONIUS_LIBS)
	@mkdir -p $(@D)
	@$(LD) -r -o $@.tmp --whole-archive $^ --no-whole-archive $(FAVONIUS_MBEDCRYPTO)
	@$(OBJCOPY) $(if $(FAVONIUS_MBEDCRYPTO),-w --localize-symbol='mbedtls_*' \
		--localize-symbol='psa_*') $(foreach \
		call,$(FAVONIUS_WRAPS),--redefine-sym $(call)=__real_$(call)) $@.tmp $@
	@rm $@.tmp

$(BUILD)/$(PROG): $(BUILD)/favonius.o

.PHONY: install-favonius
install-favonius: $(BUILD)/$(PROG)
	@cmp -s $< $(FAVONIUS_OUT)/$(PROG) || cp $< $(FAVONIUS_OUT)/$(PROG)
