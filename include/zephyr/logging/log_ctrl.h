/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_LOGGING_LOG_CTRL_H_
#define ZEPHYR_LOGGING_LOG_CTRL_H_

/** @file
 * What log lines are shown, chosen at run time.
 */

/** Choose the levels, replacing any choice before.
 *
 * @param spec  As FAVONIUS_LOG (zephyr/logging/log.h); NULL or "": CONFIG_LOG_DEFAULT_LEVEL for
 *              all. Up to 16 modules can have a level of their own. Copied.
 * @retval 0        Chosen.
 * @retval -EINVAL  Part of @p spec is not understood, and was left out; the rest holds.
 * @retval -ENOMEM  Too many modules; the first 16 hold.
 * Context: loop, both levels.
 */
int fav_log_levels_set(const char *spec);

#endif
