/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_LOGGING_LOG_H_
#define ZEPHYR_LOGGING_LOG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zephyr/sys/util_macro.h>
#include <zephyr/toolchain.h>

/** @file
 * Log lines, `[HH:MM:SS.uuuuuu] <err> module: text`, written by the port.
 *
 * CONFIG_LOG_MAX_LEVEL and the module's own level bound what is compiled in. What is shown of that
 * is CONFIG_LOG_DEFAULT_LEVEL, unless the environment's FAVONIUS_LOG says another:
 * `FAVONIUS_LOG=dbg`, or `FAVONIUS_LOG=wrn,bt_att=dbg,bt_gatt=off`; a level is off, err, wrn, inf,
 * dbg or 0 to 4. Arguments of a line that is not shown are not evaluated. Context: any.
 */

#define LOG_LEVEL_NONE 0U
#define LOG_LEVEL_ERR  1U
#define LOG_LEVEL_WRN  2U
#define LOG_LEVEL_INF  3U
#define LOG_LEVEL_DBG  4U

/** A module: a name for lines. */
struct fav_log_module {
	const char *name;
	uint8_t level; /**< Highest level compiled in. */
};

/* The highest level a file's lines can have: a module's second argument, else the maximum. */
#define FAV_LOG_LEVEL_(...)                 FAV_LOG_LEVEL_2_(, ##__VA_ARGS__, CONFIG_LOG_MAX_LEVEL)
#define FAV_LOG_LEVEL_2_(empty, level, ...) (level)

/** At file scope, once a module: `LOG_MODULE_REGISTER(name)` or `LOG_MODULE_REGISTER(name, level)`.
 */
#define LOG_MODULE_REGISTER(module, ...)                                \
	static const struct fav_log_module __unused fav_log_module_ = { \
		.name = STRINGIFY(module),                              \
		.level = FAV_LOG_LEVEL_(__VA_ARGS__),                   \
	}
/** At file scope in the other files of a module. */
#define LOG_MODULE_DECLARE(module, ...) LOG_MODULE_REGISTER(module, ##__VA_ARGS__)
#define LOG_LEVEL_SET(level)

/** @cond private */
bool fav_log_is_shown(const struct fav_log_module *module, uint8_t level);
void fav_log_write(const struct fav_log_module *module, uint8_t level, const char *format, ...)
	__printf_like(3, 4);
void fav_log_hexdump(const struct fav_log_module *module, uint8_t level, const void *data,
		     size_t len, const char *text);

#ifdef CONFIG_LOG
#define FAV_LOG_IF_(lvl)                                                       \
	if ((lvl) <= CONFIG_LOG_MAX_LEVEL && (lvl) <= fav_log_module_.level && \
	    fav_log_is_shown(&fav_log_module_, lvl))
#else
#define FAV_LOG_IF_(lvl) if (false)
#endif

#define FAV_LOG_(lvl, ...)                                                 \
	do {                                                               \
		FAV_LOG_IF_(lvl)                                           \
		{                                                          \
			fav_log_write(&fav_log_module_, lvl, __VA_ARGS__); \
		}                                                          \
	} while (0)
#define FAV_LOG_HEXDUMP_(lvl, data, len, text)                                   \
	do {                                                                     \
		FAV_LOG_IF_(lvl)                                                 \
		{                                                                \
			fav_log_hexdump(&fav_log_module_, lvl, data, len, text); \
		}                                                                \
	} while (0)
/** @endcond */

#define LOG_ERR(...) FAV_LOG_(LOG_LEVEL_ERR, __VA_ARGS__)
#define LOG_WRN(...) FAV_LOG_(LOG_LEVEL_WRN, __VA_ARGS__)
#define LOG_INF(...) FAV_LOG_(LOG_LEVEL_INF, __VA_ARGS__)
#define LOG_DBG(...) FAV_LOG_(LOG_LEVEL_DBG, __VA_ARGS__)

/** A line of @p text, then the bytes, 16 a line, in hexadecimal and as text. */
#define LOG_HEXDUMP_ERR(data, len, text) FAV_LOG_HEXDUMP_(LOG_LEVEL_ERR, data, len, text)
#define LOG_HEXDUMP_WRN(data, len, text) FAV_LOG_HEXDUMP_(LOG_LEVEL_WRN, data, len, text)
#define LOG_HEXDUMP_INF(data, len, text) FAV_LOG_HEXDUMP_(LOG_LEVEL_INF, data, len, text)
#define LOG_HEXDUMP_DBG(data, len, text) FAV_LOG_HEXDUMP_(LOG_LEVEL_DBG, data, len, text)

#define LOG_PRINTK(...) ((void)printf(__VA_ARGS__))

#endif
