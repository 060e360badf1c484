# SPDX-License-Identifier: Apache-2.0
# As the standard variant: asyncio always, mip and ssl where the source tree brings micropython-lib
# (release archives and distributions leave it out).
include("$(MPY_DIR)/extmod/asyncio")
