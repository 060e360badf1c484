/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_TOOLCHAIN_H_
#define ZEPHYR_TOOLCHAIN_H_

/** @file
 * Zephyr's names for what GCC and Clang add to C.
 */

#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef __deprecated
#define __deprecated __attribute__((deprecated))
#endif
#ifndef __weak
#define __weak __attribute__((__weak__))
#endif
#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif
#ifndef __printf_like
#define __printf_like(f, a) __attribute__((format(printf, f, a)))
#endif
#ifndef __fallthrough
#define __fallthrough __attribute__((fallthrough))
#endif
#ifndef __noinit
#define __noinit
#endif
#ifndef ALWAYS_INLINE
#define ALWAYS_INLINE inline __attribute__((always_inline))
#endif
#ifndef FUNC_NORETURN
#define FUNC_NORETURN __attribute__((__noreturn__))
#endif
#ifndef CODE_UNREACHABLE
#define CODE_UNREACHABLE __builtin_unreachable()
#endif

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#ifndef ARG_UNUSED
#define ARG_UNUSED(x) (void)(x)
#endif

#define BUILD_ASSERT(cond, ...) _Static_assert((cond), "" __VA_ARGS__)

/** Read a value of any alignment. */
#define UNALIGNED_GET(p)                             \
	__extension__({                              \
		struct __attribute__((__packed__)) { \
			__typeof__(*(p)) v;          \
		} const *p_ = (const void *)(p);     \
		p_->v;                               \
	})

/** Write a value of any alignment. */
#define UNALIGNED_PUT(val, p)                        \
	do {                                         \
		struct __attribute__((__packed__)) { \
			__typeof__(*(p)) v;          \
		} *p_ = (void *)(p);                 \
		p_->v = (val);                       \
	} while (0)

#endif
