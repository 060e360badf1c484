# SPDX-License-Identifier: Apache-2.0
#
# cmake -DSOURCE=... -DCONF=... -DHEADER=... -P read.cmake: one prj.conf to one header.
include(${SOURCE}/cmake/config.cmake)
fav_config_write("${HEADER}" "${CONF}")
