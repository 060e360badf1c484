# SPDX-License-Identifier: Apache-2.0
include("$(MPY_DIR)/ports/unix/variants/standard/manifest.py")
