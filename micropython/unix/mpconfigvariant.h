/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The standard variant's features, and Bluetooth by Favonius.
 */

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

#include "ports/unix/variants/mpconfigvariant_common.h"

/* Ctrl-C must not jump out of the middle of the loop; it is raised where the wait returns. */
#undef MICROPY_ASYNC_KBD_INTR
#define MICROPY_ASYNC_KBD_INTR (0)

/* Not in mpconfigvariant.mk: the makefiles ask there for one of the stacks that they know. */
#define MICROPY_PY_BLUETOOTH                        (1)
#define MICROPY_PY_BLUETOOTH_ENABLE_CENTRAL_MODE    (1)
#define MICROPY_PY_BLUETOOTH_ENABLE_GATT_CLIENT     (1)
#define MICROPY_PY_BLUETOOTH_ENABLE_L2CAP_CHANNELS  (1)
#define MICROPY_PY_BLUETOOTH_ENABLE_PAIRING_BONDING (1)

/* Events come from where MicroPython waits, in its own context: they call Python directly, so no
 * ring buffer can overflow, and _IRQ_GATTS_READ_REQUEST can answer. */
#define MICROPY_PY_BLUETOOTH_USE_SYNC_EVENTS (1)
#define MICROPY_PY_BLUETOOTH_ENTER
#define MICROPY_PY_BLUETOOTH_EXIT

/* The port's header that has no #ifndef around what we replace. */
#define MICROPY_MPHALPORT_H "favonius_mphalport.h"

/* A program that never waits: every so many branches, see favonius_mp_busy(). */
#define MICROPY_VM_HOOK_INIT static unsigned int favonius_vm_branches;
#define MICROPY_VM_HOOK_LOOP                      \
	if ((++favonius_vm_branches & 31) == 0) { \
		favonius_mp_busy();               \
	}
void favonius_mp_busy(void);

/* Methods of bluetooth.BLE that upstream's module does not have. */
#define MICROPY_PORT_INIT_FUNC favonius_mp_methods()
void favonius_mp_methods(void);
