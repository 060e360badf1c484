/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_COST_BLOCKS_H_
#define TESTS_HOST_COST_BLOCKS_H_

#include <stdint.h>

/* Basic blocks run so far of the sources that CMakeLists.txt names: the same wherever the test
 * runs, and however busy the machine is. */
uint64_t blocks_run(void);

#endif
