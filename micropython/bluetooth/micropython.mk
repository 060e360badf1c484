# SPDX-License-Identifier: Apache-2.0
# The bluetooth module's backend, a user C module. FAVONIUS_LIB_BUILD is the CMake build folder.

SRC_USERMOD_C += $(wildcard $(USERMOD_DIR)/*.c)

# The configuration header is in front of everything that the libraries were compiled with.
CFLAGS_USERMOD += -I$(abspath $(USERMOD_DIR)/../../include) -I$(USERMOD_DIR) \
	-I$(abspath $(USERMOD_DIR)/../../src) \
	-include $(FAVONIUS_LIB_BUILD)/favonius_config.h
