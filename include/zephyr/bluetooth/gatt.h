/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ZEPHYR_BLUETOOTH_GATT_H_
#define ZEPHYR_BLUETOOTH_GATT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <zephyr/bluetooth/addr.h>
#include <zephyr/bluetooth/att.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/sys/atomic.h>
#include <zephyr/sys/iterable_sections.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>
#include <zephyr/types.h>

/** @file
 * Generic Attribute Profile, server and client: Core 6.0 Vol 3 Part G.
 *
 * Every callback named here runs at thread level, one at a time, with its own host current, and may
 * call any function of this file. Its pointers are valid until it returns, unless it is said
 * otherwise. Functions that take a connection act on its host, the others on the current host.
 *
 * Nothing here waits. A call that finds no buffer returns `-ENOMEM`; bt_conn_cb.tx_ready then says
 * when to try again.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Attributes ---- */

/** Who may do what with an attribute. Nothing is allowed that no bit allows. */
enum bt_gatt_perm {
	BT_GATT_PERM_NONE = 0,
	BT_GATT_PERM_READ = BIT(0),          /**< Any peer may read. */
	BT_GATT_PERM_WRITE = BIT(1),         /**< Any peer may write. */
	BT_GATT_PERM_READ_ENCRYPT = BIT(2),  /**< Reading needs BT_SECURITY_L2. */
	BT_GATT_PERM_WRITE_ENCRYPT = BIT(3), /**< Writing needs BT_SECURITY_L2. */
	BT_GATT_PERM_READ_AUTHEN = BIT(4),   /**< Reading needs BT_SECURITY_L3. */
	BT_GATT_PERM_WRITE_AUTHEN = BIT(5),  /**< Writing needs BT_SECURITY_L3. */
	/** Each prepared write asks the write callback, with BT_GATT_WRITE_FLAG_PREPARE. */
	BT_GATT_PERM_PREPARE_WRITE = BIT(6),
	BT_GATT_PERM_READ_LESC = BIT(7),  /**< Reading needs BT_SECURITY_L4. */
	BT_GATT_PERM_WRITE_LESC = BIT(8), /**< Writing needs BT_SECURITY_L4. */
};

/** What an attribute callback returns to refuse with ATT error @p att_err. */
#define BT_GATT_ERR(att_err) (-(att_err))

/** What kind of write a write callback sees. */
enum bt_gatt_attr_write_flag {
	/** Would this prepared write be allowed? Nothing is to be written; answer 0 or an error. */
	BT_GATT_WRITE_FLAG_PREPARE = BIT(0),
	/** A write command: the peer hears of no error. */
	BT_GATT_WRITE_FLAG_CMD = BIT(1),
	/** Prepared writes are executed. Parts that follow one another come as one. */
	BT_GATT_WRITE_FLAG_EXECUTE = BIT(2),
};

struct bt_gatt_attr;

/** A peer reads an attribute.
 *
 * @param conn    The peer; NULL when the host itself reads.
 * @param attr    Which attribute.
 * @param buf     Receives the value from @p offset on.
 * @param len     Bytes at @p buf. A longer value is cut here, and the peer asks for the rest.
 * @param offset  Bytes of the value to leave out.
 * @return Bytes stored, or BT_GATT_ERR(). Any other negative number becomes
 *         BT_ATT_ERR_UNLIKELY.
 */
typedef ssize_t (*bt_gatt_attr_read_func_t)(struct bt_conn *conn, const struct bt_gatt_attr *attr,
					    void *buf, uint16_t len, uint16_t offset);

/** A peer writes an attribute.
 *
 * @param conn    The peer.
 * @param attr    Which attribute.
 * @param buf     What it writes.
 * @param len     Bytes at @p buf, 0 to 512.
 * @param offset  Where in the value; more than 0 only for prepared writes.
 * @param flags   BT_GATT_WRITE_FLAG_*.
 * @return @p len, 0 for BT_GATT_WRITE_FLAG_PREPARE, or BT_GATT_ERR(). Any other number becomes
 *         BT_ATT_ERR_UNLIKELY.
 */
typedef ssize_t (*bt_gatt_attr_write_func_t)(struct bt_conn *conn, const struct bt_gatt_attr *attr,
					     const void *buf, uint16_t len, uint16_t offset,
					     uint8_t flags);

/** An attribute. Made with the macros below; stays where it is while its service is registered. */
struct bt_gatt_attr {
	const struct bt_uuid *uuid;      /**< Its type. */
	bt_gatt_attr_read_func_t read;   /**< NULL: it cannot be read. */
	bt_gatt_attr_write_func_t write; /**< NULL: it cannot be written. */
	void *user_data;                 /**< For the callbacks. */
	/** Its handle while registered; 0 in services defined statically, see
	 * bt_gatt_attr_get_handle(). Set before registration to ask for that handle; 0 takes the
	 * next.
	 */
	uint16_t handle;
	uint16_t perm: 15; /**< enum bt_gatt_perm bits. */
	/** @cond private */
	uint16_t _auto_assigned_handle: 1;
	/** @endcond */
};

/** A service that lives as long as the program; every host has it. See BT_GATT_SERVICE_DEFINE(). */
struct bt_gatt_service_static {
	const struct bt_gatt_attr *attrs; /**< Its attributes, in handle order. */
	size_t attr_count;                /**< How many. */
};

/** A service for bt_gatt_service_register(). */
struct bt_gatt_service {
	struct bt_gatt_attr *attrs; /**< Its attributes, in handle order. */
	size_t attr_count;          /**< How many. */
	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Value of a service declaration, in discovery. */
struct bt_gatt_service_val {
	const struct bt_uuid *uuid; /**< The service's UUID. */
	uint16_t end_handle;        /**< The last handle of the service. */
};

/** Value of an include declaration. */
struct bt_gatt_include {
	const struct bt_uuid *uuid; /**< UUID of the included service. */
	uint16_t start_handle;      /**< Its declaration's handle. */
	uint16_t end_handle;        /**< Its last handle. */
};

/** Value of a characteristic declaration. */
struct bt_gatt_chrc {
	const struct bt_uuid *uuid; /**< The characteristic's UUID. */
	uint16_t value_handle;      /**< 0 in a local database: the handle after the declaration. */
	uint8_t properties;         /**< BT_GATT_CHRC_*. */
};

/* Characteristic properties, Core 6.0 Vol 3 Part G 3.3.1.1. */
#define BT_GATT_CHRC_BROADCAST          0x01
#define BT_GATT_CHRC_READ               0x02
#define BT_GATT_CHRC_WRITE_WITHOUT_RESP 0x04
#define BT_GATT_CHRC_WRITE              0x08
#define BT_GATT_CHRC_NOTIFY             0x10
#define BT_GATT_CHRC_INDICATE           0x20
#define BT_GATT_CHRC_AUTH               0x40 /**< Signed writes. */
#define BT_GATT_CHRC_EXT_PROP           0x80 /**< A BT_GATT_CEP() descriptor says more. */

/** Value of a Characteristic Extended Properties descriptor. */
struct bt_gatt_cep {
	uint16_t properties; /**< BT_GATT_CEP_*. */
};

#define BT_GATT_CEP_RELIABLE_WRITE 0x0001 /**< Reliable writes. */
#define BT_GATT_CEP_WRITABLE_AUX   0x0002 /**< The user description can be written. */

/** Value of a Client Characteristic Configuration descriptor. */
struct bt_gatt_ccc {
	uint16_t flags; /**< BT_GATT_CCC_*. */
};

#define BT_GATT_CCC_NOTIFY   0x0001 /**< The client wants notifications. */
#define BT_GATT_CCC_INDICATE 0x0002 /**< The client wants indications. */

/** Value of a Server Characteristic Configuration descriptor. */
struct bt_gatt_scc {
	uint16_t flags; /**< BT_GATT_SCC_*. */
};

#define BT_GATT_SCC_BROADCAST 0x0001 /**< The server broadcasts the value. */

/** Value of a Characteristic Presentation Format descriptor. */
struct bt_gatt_cpf {
	uint8_t format;       /**< Assigned Numbers 2.4.1. */
	int8_t exponent;      /**< The value is times 10 to the power of this. */
	uint16_t unit;        /**< Assigned Numbers 3.5. */
	uint8_t name_space;   /**< Assigned Numbers 2.4.2; of @ref description. */
	uint16_t description; /**< In that name space. */
} __packed;

/** A single attribute. @p _perm is of enum bt_gatt_perm; the callbacks may be NULL. */
#define BT_GATT_ATTRIBUTE(_uuid, _perm, _read, _write, _user_data)                      \
	{                                                                               \
		.uuid = _uuid, .read = _read, .write = _write, .user_data = _user_data, \
		.handle = 0, .perm = _perm,                                             \
	}

/** A struct bt_gatt_service, or its static sister, around an array of attributes. */
#define BT_GATT_SERVICE(_attrs)                                    \
	{                                                          \
		.attrs = _attrs, .attr_count = ARRAY_SIZE(_attrs), \
	}

/** Define a service that every host of the program has from its start. The arguments after the name
 * are attributes; the first is BT_GATT_PRIMARY_SERVICE() or BT_GATT_SECONDARY_SERVICE(). Their
 * array is called `attr_` and the name.
 */
#define BT_GATT_SERVICE_DEFINE(_name, ...)                               \
	static const struct bt_gatt_attr attr_##_name[] = {__VA_ARGS__}; \
	const STRUCT_SECTION_ITERABLE(bt_gatt_service_static, _name) = BT_GATT_SERVICE(attr_##_name)

/** @cond private */
#define _BT_GATT_ATTRS_ARRAY_DEFINE(n, _instances, _attrs_def) \
	static struct bt_gatt_attr attrs_##n[] = _attrs_def(_instances[n])
#define _BT_GATT_SERVICE_ARRAY_ITEM(_n, _) BT_GATT_SERVICE(attrs_##_n)
/** @endcond */

/** Define an array of services for bt_gatt_service_register(), one for each of @p _instances, whose
 * number is the literal @p _instance_num. @p _attrs_def(instance) gives the attributes in braces.
 */
#define BT_GATT_SERVICE_INSTANCE_DEFINE(_name, _instances, _instance_num, _attrs_def)       \
	BUILD_ASSERT(ARRAY_SIZE(_instances) == _instance_num, "not one instance for each"); \
	LISTIFY(_instance_num, _BT_GATT_ATTRS_ARRAY_DEFINE, (;), _instances, _attrs_def);   \
	static struct bt_gatt_service _name[] = {                                           \
		LISTIFY(_instance_num, _BT_GATT_SERVICE_ARRAY_ITEM, (, ))}

/** Declaration of a primary service; @p _service is its UUID. */
#define BT_GATT_PRIMARY_SERVICE(_service)                                                     \
	BT_GATT_ATTRIBUTE(BT_UUID_GATT_PRIMARY, BT_GATT_PERM_READ, bt_gatt_attr_read_service, \
			  NULL, (void *)_service)

/** Declaration of a secondary service, which others include; @p _service is its UUID. */
#define BT_GATT_SECONDARY_SERVICE(_service)                                                     \
	BT_GATT_ATTRIBUTE(BT_UUID_GATT_SECONDARY, BT_GATT_PERM_READ, bt_gatt_attr_read_service, \
			  NULL, (void *)_service)

/** Inclusion of another local service; @p _service_incl points to its declaration. */
#define BT_GATT_INCLUDE_SERVICE(_service_incl)                                                 \
	BT_GATT_ATTRIBUTE(BT_UUID_GATT_INCLUDE, BT_GATT_PERM_READ, bt_gatt_attr_read_included, \
			  NULL, (void *)_service_incl)

/** Initialiser of a struct bt_gatt_chrc. */
#define BT_GATT_CHRC_INIT(_uuid, _handle, _props)                             \
	{                                                                     \
		.uuid = _uuid, .value_handle = _handle, .properties = _props, \
	}

/** A characteristic: its declaration, then its value; two attributes.
 * @p _props are BT_GATT_CHRC_*, @p _perm enum bt_gatt_perm.
 */
#define BT_GATT_CHARACTERISTIC(_uuid, _props, _perm, _read, _write, _user_data)                 \
	BT_GATT_ATTRIBUTE(                                                                      \
		BT_UUID_GATT_CHRC, BT_GATT_PERM_READ, bt_gatt_attr_read_chrc, NULL,             \
		((void *)(const struct bt_gatt_chrc[]){BT_GATT_CHRC_INIT(_uuid, 0U, _props)})), \
		BT_GATT_ATTRIBUTE(_uuid, _perm, _read, _write, _user_data)

/** A descriptor. */
#define BT_GATT_DESCRIPTOR(_uuid, _perm, _read, _write, _user_data) \
	BT_GATT_ATTRIBUTE(_uuid, _perm, _read, _write, _user_data)

/** Callbacks of a Client Characteristic Configuration descriptor. What each client has written is
 * kept by the host, apart for each connection and gone with it.
 */
struct bt_gatt_ccc_managed_user_data {
	/** What the clients want together has changed; may be NULL.
	 * @param value  BT_GATT_CCC_* of all connections, or-ed.
	 */
	void (*cfg_changed)(const struct bt_gatt_attr *attr, uint16_t value);
	/** May this client write this? NULL: yes.
	 * @return 2 for yes, or BT_GATT_ERR().
	 */
	ssize_t (*cfg_write)(struct bt_conn *conn, const struct bt_gatt_attr *attr, uint16_t value);
	/** Send to this subscriber? NULL: yes. Asked when a value goes to all subscribers. */
	bool (*cfg_match)(struct bt_conn *conn, const struct bt_gatt_attr *attr);
};

/** Initialiser of a struct bt_gatt_ccc_managed_user_data. */
#define BT_GATT_CCC_MANAGED_USER_DATA_INIT(_changed, _write, _match)               \
	{                                                                          \
		.cfg_changed = _changed, .cfg_write = _write, .cfg_match = _match, \
	}

/** Older names. */
#define _bt_gatt_ccc            bt_gatt_ccc_managed_user_data
#define BT_GATT_CCC_INITIALIZER BT_GATT_CCC_MANAGED_USER_DATA_INIT

/** A Client Characteristic Configuration descriptor with all its callbacks.
 * @p _ccc is a pointer to struct bt_gatt_ccc_managed_user_data.
 */
#define BT_GATT_CCC_MANAGED(_ccc, _perm)                                                          \
	BT_GATT_ATTRIBUTE(BT_UUID_GATT_CCC, _perm, bt_gatt_attr_read_ccc, bt_gatt_attr_write_ccc, \
			  (void *)_ccc)

/** A Client Characteristic Configuration descriptor; @p _changed may be NULL. */
#define BT_GATT_CCC(_changed, _perm)                                                            \
	BT_GATT_CCC_MANAGED(((struct bt_gatt_ccc_managed_user_data[]){                          \
				    BT_GATT_CCC_MANAGED_USER_DATA_INIT(_changed, NULL, NULL)}), \
			    _perm)

/** The same with a check of what is written. */
#define BT_GATT_CCC_WITH_WRITE_CB(_changed, _write, _perm)                                        \
	BT_GATT_CCC_MANAGED(((struct bt_gatt_ccc_managed_user_data[]){                            \
				    BT_GATT_CCC_MANAGED_USER_DATA_INIT(_changed, _write, NULL)}), \
			    _perm)

/** Characteristic Extended Properties; @p _value points to a struct bt_gatt_cep. */
#define BT_GATT_CEP(_value)                                                                  \
	BT_GATT_DESCRIPTOR(BT_UUID_GATT_CEP, BT_GATT_PERM_READ, bt_gatt_attr_read_cep, NULL, \
			   (void *)_value)

/** Characteristic User Description; @p _value is a string. */
#define BT_GATT_CUD(_value, _perm) \
	BT_GATT_DESCRIPTOR(BT_UUID_GATT_CUD, _perm, bt_gatt_attr_read_cud, NULL, (void *)_value)

/** Characteristic Presentation Format; @p _value points to a struct bt_gatt_cpf. */
#define BT_GATT_CPF(_value)                                                                  \
	BT_GATT_DESCRIPTOR(BT_UUID_GATT_CPF, BT_GATT_PERM_READ, bt_gatt_attr_read_cpf, NULL, \
			   (void *)_value)

/* ---- Read and write callbacks for the usual values ----
 *
 * They are given to attributes; their parameters and results are those of the callback types.
 */

/** For a read callback: the part of a value in memory that was asked for.
 * @param buf        Receives it. @param buf_len  Bytes there.
 * @param offset     Where in the value to begin.
 * @param value      The value; may be NULL when @p value_len is 0.
 * @param value_len  Its length, bytes.
 * @return Bytes stored; BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET) when @p offset is past its end.
 * Context: loop, both levels.
 * Spec: Core 6.0 Vol 3 Part F 3.4.4.5.
 */
ssize_t bt_gatt_attr_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			  uint16_t buf_len, uint16_t offset, const void *value, uint16_t value_len);

/** Read a service declaration; its user data is the UUID.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.1.
 */
ssize_t bt_gatt_attr_read_service(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				  uint16_t len, uint16_t offset);

/** Read an include declaration; its user data is the included service's declaration.
 * @return Bytes stored, BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET), or BT_GATT_ERR(BT_ATT_ERR_UNLIKELY)
 *         when that service is not registered.
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.2.
 */
ssize_t bt_gatt_attr_read_included(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
				   uint16_t len, uint16_t offset);

/** Read a characteristic declaration; its user data is a struct bt_gatt_chrc.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.3.1.
 */
ssize_t bt_gatt_attr_read_chrc(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			       uint16_t len, uint16_t offset);

/** Read what @p conn has written to a Client Characteristic Configuration.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part G 3.3.3.3.
 */
ssize_t bt_gatt_attr_read_ccc(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset);

/** Write a Client Characteristic Configuration; its user data is a struct
 * bt_gatt_ccc_managed_user_data. One byte writes the low byte.
 * @return @p len, or BT_GATT_ERR(): INVALID_OFFSET, INVALID_ATTRIBUTE_LEN, or what cfg_write said.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part G 3.3.3.3.
 */
ssize_t bt_gatt_attr_write_ccc(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			       const void *buf, uint16_t len, uint16_t offset, uint8_t flags);

/** Read a Characteristic Extended Properties; its user data is a struct bt_gatt_cep.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.3.3.1.
 */
ssize_t bt_gatt_attr_read_cep(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset);

/** Read a Characteristic User Description; its user data is a string.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.3.3.2.
 */
ssize_t bt_gatt_attr_read_cud(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset);

/** Read a Characteristic Presentation Format; its user data is a struct bt_gatt_cpf.
 * @return Bytes stored, or BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET).
 * Context: loop, both levels. Spec: Core 6.0 Vol 3 Part G 3.3.3.5.
 */
ssize_t bt_gatt_attr_read_cpf(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *buf,
			      uint16_t len, uint16_t offset);

/* ---- The local database ---- */

/** Add a service to the current host's database, before or after bt_enable(). Clients that asked to
 * be told get a Service Changed indication. The service stays over bt_disable().
 *
 * Attributes whose handle is 0 get the next free ones.
 *
 * @param svc  The host's, with its attributes, until bt_gatt_service_unregister().
 * @retval 0          Registered.
 * @retval -EINVAL    @p svc is NULL, empty, does not begin with a service declaration, or asks for
 *                    handles that are taken or not in order.
 * @retval -EALREADY  It is registered, or it is a GAP or GATT service, which the host has itself.
 * @retval -ENOMEM    No handles are left, or more than CONFIG_BT_GATT_SERVICE_MAX services or
 *                    CONFIG_BT_GATT_CCC_MAX CCC descriptors.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 7.1.
 */
int bt_gatt_service_register(struct bt_gatt_service *svc);

/** Take a service out of the current host's database. Its attributes are the caller's again, their
 * automatic handles 0; what clients had subscribed there is forgotten.
 *
 * @retval 0        Taken out.
 * @retval -EINVAL  @p svc is NULL.
 * @retval -ENOENT  It is not registered.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 7.1.
 */
int bt_gatt_service_unregister(struct bt_gatt_service *svc);

/** @return true when @p svc is registered with the current host. Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part G 2.5.1.
 */
bool bt_gatt_service_is_registered(const struct bt_gatt_service *svc);

/** What an iterating callback answers. */
enum {
	BT_GATT_ITER_STOP = 0,
	BT_GATT_ITER_CONTINUE,
};

/** Called for an attribute of the local database.
 * @param attr       It. @param handle  Its handle. @param user_data  The caller's.
 * @return BT_GATT_ITER_CONTINUE or BT_GATT_ITER_STOP.
 */
typedef uint8_t (*bt_gatt_attr_func_t)(const struct bt_gatt_attr *attr, uint16_t handle,
				       void *user_data);

/** Call @p func for attributes of the current host's database, in handle order.
 * @param start_handle  First handle. @param end_handle  Last handle.
 * @param uuid          Only those of this type; NULL: all.
 * @param attr_data     Only those with this user data; NULL: all.
 * @param num_matches   At most so many; 0: no limit.
 * @param user_data     For @p func, which may register and unregister services.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.1.
 */
void bt_gatt_foreach_attr_type(uint16_t start_handle, uint16_t end_handle,
			       const struct bt_uuid *uuid, const void *attr_data,
			       uint16_t num_matches, bt_gatt_attr_func_t func, void *user_data);

/** Call @p func for all attributes of a range; see bt_gatt_foreach_attr_type(). */
static inline void bt_gatt_foreach_attr(uint16_t start_handle, uint16_t end_handle,
					bt_gatt_attr_func_t func, void *user_data)
{
	bt_gatt_foreach_attr_type(start_handle, end_handle, NULL, NULL, 0, func, user_data);
}

/** @return The attribute with the next higher handle in the current host's database, NULL after the
 *          last or when @p attr is not there. Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.2.
 */
struct bt_gatt_attr *bt_gatt_attr_next(const struct bt_gatt_attr *attr);

/** Find the first attribute of a type in the current host's database.
 * @param attr        Where to begin; NULL: at the lowest handle.
 * @param attr_count  How many attributes to look at; 0: all that follow.
 * @param uuid        The type.
 * @return NULL when there is none. Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.1.
 */
struct bt_gatt_attr *bt_gatt_find_by_uuid(const struct bt_gatt_attr *attr, uint16_t attr_count,
					  const struct bt_uuid *uuid);

/** @return The attribute's handle in the current host's database, 0 when it is not there.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part F 3.2.2.
 */
uint16_t bt_gatt_attr_get_handle(const struct bt_gatt_attr *attr);

/** @return The handle of the value of characteristic declaration @p attr, in the current host's
 * database or as bt_gatt_discover() has found it; 0 when it is none.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part G 3.3.2.
 */
uint16_t bt_gatt_attr_value_handle(const struct bt_gatt_attr *attr);

/** What happens to the links of a host. */
struct bt_gatt_cb {
	/** The MTU was exchanged; may be NULL.
	 * @param tx  Longest ATT PDU that we may send, bytes. @param rx  That we may get; the same.
	 */
	void (*att_mtu_updated)(struct bt_conn *conn, uint16_t tx, uint16_t rx);
	/** A notification or indication arrived that no bt_gatt_subscribe() asked for; may be NULL.
	 * An extension to Zephyr's API.
	 * @param opcode  BT_ATT_OP_NOTIFY or BT_ATT_OP_INDICATE.
	 * @param handle  Of the value. @param data  The value, not NULL. @param len  Bytes, 0 to
	 * MTU - 3.
	 */
	void (*unsubscribed_notify)(struct bt_conn *conn, uint8_t opcode, uint16_t handle,
				    const void *data, uint16_t len);
	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Hear of the current host's links. Registering twice has no effect.
 * @param cb  The host's for good, or until bt_gatt_cb_unregister().
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part G 4.3.1.
 */
void bt_gatt_cb_register(struct bt_gatt_cb *cb);

/** Hear no more. An extension to Zephyr's API.
 * @retval 0        @p cb is the caller's again.
 * @retval -ENOENT  It was not registered with the current host.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.3.1.
 */
int bt_gatt_cb_unregister(struct bt_gatt_cb *cb);

/** Who decides what each peer may do, beside the permissions. */
struct bt_gatt_authorization_cb {
	/** May @p conn read @p attr? NULL: yes. */
	bool (*read_authorize)(struct bt_conn *conn, const struct bt_gatt_attr *attr);
	/** May @p conn write @p attr? NULL: yes. */
	bool (*write_authorize)(struct bt_conn *conn, const struct bt_gatt_attr *attr);
};

/** Let an application authorize accesses to the current host's database; refused ones get
 * BT_ATT_ERR_AUTHORIZATION.
 * @param cb  The host's until replaced; NULL takes it away.
 * @retval 0          Set.
 * @retval -EALREADY  Another one is set.
 * Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.5.
 */
int bt_gatt_authorization_cb_register(const struct bt_gatt_authorization_cb *cb);

/* ---- Server: values to clients ---- */

/** A PDU has gone, or its link has: called exactly once for each call that returned 0. */
typedef void (*bt_gatt_complete_func_t)(struct bt_conn *conn, void *user_data);

/** A notification. Zero-initialise. */
struct bt_gatt_notify_params {
	const struct bt_uuid *uuid; /**< Find the attribute by type; may be NULL. */
	const struct bt_gatt_attr
		*attr;    /**< Characteristic or value; with @ref uuid, where to begin. */
	const void *data; /**< The value; copied. */
	uint16_t len;     /**< Bytes of it, at most the MTU - 3. */
	bt_gatt_complete_func_t func; /**< When it has gone; may be NULL. */
	void *user_data;              /**< For @ref func. */
	/** Send whether the client subscribed or not. With a connection only; an extension to
	 * Zephyr's API.
	 */
	bool ignore_subscription;
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
};

/** Notify one client, or all that subscribed.
 *
 * @param conn    The client; NULL: all that subscribed, and none of them is no error.
 * @param params  The caller's again when this returns.
 * @retval 0          On its way: to @p conn, or to all subscribers.
 * @retval -EINVAL    @p params has no attribute; @p conn did not subscribe (with
 *                    CONFIG_BT_GATT_ENFORCE_SUBSCRIPTION); the characteristic does not notify;
 *                    there is no bearer as chan_opt wants.
 * @retval -ENOENT    The attribute is not in the database.
 * @retval -ENOTCONN  @p conn is not connected.
 * @retval -EPERM     The link's security does not let @p conn read the value.
 * @retval -EAGAIN    The client has asked for robust caching, and does not know the database's last
 *                    change yet; tx_ready follows when it does.
 * (CONFIG_BT_GATT_ENFORCE_CHANGE_UNAWARE.)
 * @retval -EMSGSIZE  Longer than the MTU of @p conn - 3. (With NULL: of every subscriber.)
 * @retval -ENOMEM    No buffer now; tx_ready follows. With NULL: for a client; the others have it.
 * @retval -ETIMEDOUT The peer left a transaction unanswered for 30 s; only a new link helps.
 * Context: thread, never waits; allowed in bt_* callbacks, where it leaves in the order of calls.
 * Spec: Core 6.0 Vol 3 Part G 4.10.
 */
int bt_gatt_notify_cb(struct bt_conn *conn, struct bt_gatt_notify_params *params);

/** Notify several values in one PDU.
 *
 * The client must have set the bit of Multiple Handle Value Notifications in Client Supported
 * Features, unless ignore_subscription is set in each, for clients that are known to understand it.
 *
 * @param num_params  How many; 2 or more.
 * @param params      All with the same func and user_data, and without uuid.
 * @retval 0            On its way; func is called once for each.
 * @retval -EINVAL      Not as said above, or what bt_gatt_notify_cb() calls so.
 * @retval -EOPNOTSUPP  The client has not said that it understands this PDU.
 * @retval -ERANGE      They do not fit in one PDU.
 * @retval -ENOENT -ENOTCONN -EPERM -EAGAIN -ENOMEM -ETIMEDOUT  As for bt_gatt_notify_cb().
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.10.2.
 */
int bt_gatt_notify_multiple(struct bt_conn *conn, uint16_t num_params,
			    struct bt_gatt_notify_params params[]);

/** Notify one client, or with NULL all that subscribed; see bt_gatt_notify_cb().
 * @param attr  Characteristic or value. @param data  Copied. @param len  Bytes.
 * @return As bt_gatt_notify_cb(). Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.10.1.
 */
static inline int bt_gatt_notify(struct bt_conn *conn, const struct bt_gatt_attr *attr,
				 const void *data, uint16_t len)
{
	struct bt_gatt_notify_params params = {.attr = attr, .data = data, .len = len};

	return bt_gatt_notify_cb(conn, &params);
}

/** Notify the first value of type @p uuid from @p attr on; see bt_gatt_notify_cb().
 * @return As bt_gatt_notify_cb(). Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.10.1.
 */
static inline int bt_gatt_notify_uuid(struct bt_conn *conn, const struct bt_uuid *uuid,
				      const struct bt_gatt_attr *attr, const void *data,
				      uint16_t len)
{
	struct bt_gatt_notify_params params = {
		.uuid = uuid, .attr = attr, .data = data, .len = len};

	return bt_gatt_notify_cb(conn, &params);
}

struct bt_gatt_indicate_params;

/** A client has confirmed, or will not.
 * @param err  0: confirmed. BT_ATT_ERR_UNLIKELY: the link was lost, or 30 s passed.
 */
typedef void (*bt_gatt_indicate_func_t)(struct bt_conn *conn,
					struct bt_gatt_indicate_params *params, uint8_t err);

/** Nobody uses @p params any more: they are the caller's again. */
typedef void (*bt_gatt_indicate_params_destroy_t)(struct bt_gatt_indicate_params *params);

/** An indication. Zero-initialise. */
struct bt_gatt_indicate_params {
	const struct bt_uuid *uuid; /**< Find the attribute by type; may be NULL. */
	const struct bt_gatt_attr
		*attr; /**< Characteristic or value; with @ref uuid, where to begin. */
	bt_gatt_indicate_func_t func; /**< Once for each client it was sent to; may be NULL. */
	/** Exactly once, after the last func, when bt_gatt_indicate() returned 0; may be NULL. */
	bt_gatt_indicate_params_destroy_t destroy;
	const void *data; /**< The value; copied by bt_gatt_indicate(). */
	uint16_t len;     /**< Bytes of it, at most the MTU - 3. */
	/** Send whether the client subscribed or not. With a connection only; an extension to
	 * Zephyr's API.
	 */
	bool ignore_subscription;
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
	/** @cond private */
	uint8_t _ref;
	/** @endcond */
};

/** Indicate to one client, or to all that subscribed. Indications of a link wait for one another.
 *
 * @param conn    The client; NULL: all that subscribed.
 * @param params  The host's until its destroy callback, when 0 is returned.
 * @retval 0          On its way or queued, to at least one client.
 * @retval -EINVAL    As for bt_gatt_notify_cb().
 * @retval -ENOTCONN  @p conn is not connected; with NULL, nobody subscribed.
 * @retval -ENOENT -EPERM -EAGAIN -EMSGSIZE -ENOMEM -ETIMEDOUT  As for bt_gatt_notify_cb(). With
 *                    NULL, any of these means that it goes to nobody.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.11.
 */
int bt_gatt_indicate(struct bt_conn *conn, struct bt_gatt_indicate_params *params);

/** Has @p conn subscribed?
 * @param attr      Characteristic, value, or its Client Characteristic Configuration.
 * @param ccc_type  BT_GATT_CCC_NOTIFY, BT_GATT_CCC_INDICATE, or both for either.
 * @return false also when @p conn is not connected or @p attr not in the database.
 * Context: thread, never waits. Spec: Core 6.0 Vol 3 Part G 3.3.3.3.
 */
bool bt_gatt_is_subscribed(struct bt_conn *conn, const struct bt_gatt_attr *attr,
			   uint16_t ccc_type);

/** @return The longest ATT PDU of @p conn, bytes, on that of its bearers that takes the longest; 0
 * when it is not connected. A notification carries 3 bytes less. Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.8.
 */
uint16_t bt_gatt_get_mtu(struct bt_conn *conn);

/** @return The same on the unenhanced bearer. Context: thread, never waits.
 * Spec: Core 6.0 Vol 3 Part F 3.2.8.
 */
uint16_t bt_gatt_get_uatt_mtu(struct bt_conn *conn);

/* ---- Client ----
 *
 * A procedure is described by a params struct of the caller's, which stays the host's until the
 * procedure's last callback begins. Several may be asked for at once, of any kind: each bearer does
 * them in order, and a link has one unless enhanced ones were opened (zephyr/bluetooth/att.h). A
 * procedure that the link's end, bt_gatt_cancel(), a timeout (30 s) or a server that breaks the
 * rules ends, gets BT_ATT_ERR_UNLIKELY. Its last callback comes exactly once.
 *
 * With CONFIG_BT_ATT_RETRY_ON_SEC_ERR, a request that the server refuses with Insufficient
 * Authentication or Insufficient Encryption raises the link's security by as much as the error asks
 * for, as bt_conn_set_security() does, and is sent again when that has come, once. When it has not,
 * after 60 s at the latest, the procedure ends with the server's error. What is behind it waits.
 *
 * Errors that all of them return:
 *  -EINVAL     A parameter is NULL or out of range, or there is no bearer as chan_opt wants.
 *  -ENOTCONN   The link is not connected.
 *  -ENOMEM     CONFIG_BT_ATT_REQ_COUNT procedures are waiting; tx_ready follows.
 *  -ETIMEDOUT  The peer left a transaction unanswered for 30 s; only a new link helps.
 */

/** Parameters of bt_gatt_exchange_mtu(). */
struct bt_gatt_exchange_params {
	/** The end. @param err  0, or an ATT error code; bt_gatt_get_mtu() has the result. */
	void (*func)(struct bt_conn *conn, uint8_t err, struct bt_gatt_exchange_params *params);
};

/** Offer bt_att_preferred_mtu_get() as the MTU; the lesser of both sides' becomes the link's.
 *
 * @retval 0          Asked; func follows.
 * @retval -EALREADY  This side has asked before on this link.
 * @retval -EINVAL -ENOTCONN -ENOMEM -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.3.1.
 */
int bt_gatt_exchange_mtu(struct bt_conn *conn, struct bt_gatt_exchange_params *params);

struct bt_gatt_discover_params;

/** Discovery found an attribute.
 *
 * @param attr  What was found: uuid, handle, and in user_data the value, as a struct
 *              bt_gatt_service_val (PRIMARY, SECONDARY), bt_gatt_include (INCLUDE), bt_gatt_chrc
 *              (CHARACTERISTIC), bt_gatt_cep, _ccc, _scc or _cpf (STD_CHAR_DESC); NULL for the
 *              others. It is no attribute of a local database. NULL: the end.
 * @return BT_GATT_ITER_CONTINUE, or BT_GATT_ITER_STOP to end here: @p params are the caller's
 *         again (and may have been used for a new call already), nothing follows.
 */
typedef uint8_t (*bt_gatt_discover_func_t)(struct bt_conn *conn, const struct bt_gatt_attr *attr,
					   struct bt_gatt_discover_params *params);

/** What to discover. */
enum bt_gatt_discover_type {
	BT_GATT_DISCOVER_PRIMARY,        /**< Primary services; all, or those of a UUID. */
	BT_GATT_DISCOVER_SECONDARY,      /**< Secondary services; all, or those of a UUID. */
	BT_GATT_DISCOVER_INCLUDE,        /**< Inclusions. */
	BT_GATT_DISCOVER_CHARACTERISTIC, /**< Characteristics; all, or those of a UUID. */
	BT_GATT_DISCOVER_DESCRIPTOR,     /**< What is no service, inclusion or characteristic. */
	BT_GATT_DISCOVER_ATTRIBUTE,      /**< Attributes of every type. */
	/** Values of the descriptors of type CEP, CCC, SCC or CPF, which the UUID names. */
	BT_GATT_DISCOVER_STD_CHAR_DESC,
};

/** Parameters of bt_gatt_discover(). */
struct bt_gatt_discover_params {
	const struct bt_uuid *uuid;   /**< Only of this UUID; NULL: all. Must stay valid. */
	bt_gatt_discover_func_t func; /**< What was found, and the end. */
	uint16_t start_handle;        /**< First handle, at least 1. */
	uint16_t end_handle;          /**< Last handle. */
	uint8_t type;                 /**< enum bt_gatt_discover_type. */
	/** The ATT error that ended the discovery early, for the callback with NULL; 0 when the
	 * range was searched to its end. An extension to Zephyr's API.
	 */
	uint8_t err;
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
};

/** Discover a part of the peer's database.
 *
 * @retval 0        Asked; func follows, once for each find and, unless it stops, once for the end.
 * @retval -EINVAL  Also: type unknown, start_handle 0 or past end_handle, or no UUID of the four
 * for BT_GATT_DISCOVER_STD_CHAR_DESC.
 * @retval -ENOTCONN -ENOMEM -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.4 to 4.7.
 */
int bt_gatt_discover(struct bt_conn *conn, struct bt_gatt_discover_params *params);

struct bt_gatt_read_params;

/** A value, or a part of it, or the end.
 *
 * @param err     0, or the ATT error that ends the procedure, with @p data NULL.
 * @param data    Bytes; not NULL for an empty value, which is reported once. NULL: the end.
 * @param length  Bytes at @p data.
 * @return BT_GATT_ITER_CONTINUE: the next part or value, or the end. BT_GATT_ITER_STOP: end here;
 *         @p params are the caller's again, nothing follows. Ignored at the end.
 */
typedef uint8_t (*bt_gatt_read_func_t)(struct bt_conn *conn, uint8_t err,
				       struct bt_gatt_read_params *params, const void *data,
				       uint16_t length);

/** Parameters of bt_gatt_read(). */
struct bt_gatt_read_params {
	bt_gatt_read_func_t func; /**< Values, and the end. */
	/** 1: @ref single. 0: @ref by_uuid. More: @ref multiple, so many handles. */
	size_t handle_count;
	union {
		struct {
			uint16_t handle; /**< Of the attribute. */
			/** Where in the value to begin; moves on as a long value is read. */
			uint16_t offset;
		} single;
		struct {
			uint16_t *handles; /**< Of the attributes. */
			/** true: one callback for each value. false: one for all values, joined,
			 * whose lengths the caller knows.
			 */
			bool variable;
		} multiple;
		struct {
			/** First handle, at least 1; in a callback, the handle of the value. */
			uint16_t start_handle;
			uint16_t end_handle;        /**< Last handle. */
			const struct bt_uuid *uuid; /**< The type. Must stay valid. */
		} by_uuid;
	};
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
};

/** Read values of the peer's database. A single value is read to its end, however long, as the
 * callback asks for more.
 *
 * @retval 0        Asked; func follows.
 * @retval -EINVAL  Also: a handle is 0, or the handles do not fit into the MTU.
 * @retval -ENOTSUP Read multiple is not built in.
 * @retval -ENOTCONN -ENOMEM -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.8.
 */
int bt_gatt_read(struct bt_conn *conn, struct bt_gatt_read_params *params);

struct bt_gatt_write_params;

/** The write's end. @param err  0, or an ATT error code. */
typedef void (*bt_gatt_write_func_t)(struct bt_conn *conn, uint8_t err,
				     struct bt_gatt_write_params *params);

/** Parameters of bt_gatt_write(). */
struct bt_gatt_write_params {
	bt_gatt_write_func_t func; /**< The end. */
	uint16_t handle;           /**< Of the attribute. */
	uint16_t offset; /**< Where in the value to write; more than 0 takes prepared writes. */
	/** The value. Copied when it fits into one PDU; else it must stay valid to the end. */
	const void *data;
	uint16_t length;               /**< Bytes of it. */
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
};

/** Write a value of the peer's database and hear how it went. What is longer than the MTU - 3, or
 * has an offset, is written in parts that the server must echo rightly.
 *
 * @retval 0        Asked; func follows.
 * @retval -EINVAL  Also: longer than 512 bytes with its offset, or handle 0.
 * @retval -ENOTCONN -ENOMEM -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.9.3 to 4.9.5.
 */
int bt_gatt_write(struct bt_conn *conn, struct bt_gatt_write_params *params);

/** Write a value of the peer's database without hearing how it went.
 *
 * @param handle     Of the attribute. @param data  Copied.
 * @param length     Bytes, at most the MTU - 3; signed, the MTU - 15.
 * @param sign       Sign it, where the link is not encrypted; needs a bond with signing keys
 *                   (CONFIG_BT_SIGNING, on both sides). On an encrypted link it has no effect.
 * @param func       When it has gone; may be NULL.
 * @param user_data  For @p func.
 * @retval 0           On its way.
 * @retval -EMSGSIZE   Longer than that.
 * @retval -ENOTSUP    @p sign: there is no key to sign with.
 * @retval -EOVERFLOW  @p sign: the key has signed all it can (Core 6.0 Vol 3 Part H 2.4.5).
 * @retval -EIO        @p sign: the cryptography failed; also what settings_save_one() said, for the
 *                     counter is kept there.
 * @retval -EINVAL     @p conn is NULL, or @p data is with a length, or the handle is 0.
 * @retval -ENOMEM     No buffer now; tx_ready follows.
 * @retval -ENOTCONN -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.9.1, 4.9.2.
 */
int bt_gatt_write_without_response_cb(struct bt_conn *conn, uint16_t handle, const void *data,
				      uint16_t length, bool sign, bt_gatt_complete_func_t func,
				      void *user_data);

/** As bt_gatt_write_without_response_cb(), without callback.
 * @return The same. Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.9.1.
 */
static inline int bt_gatt_write_without_response(struct bt_conn *conn, uint16_t handle,
						 const void *data, uint16_t length, bool sign)
{
	return bt_gatt_write_without_response_cb(conn, handle, data, length, sign, NULL, NULL);
}

struct bt_gatt_subscribe_params;

/** A value from a server, or the subscription's end.
 *
 * @param data    The value, not NULL when it is empty. NULL: the subscription has ended, @p params
 *                are the caller's again.
 * @param length  Bytes at @p data.
 * @return BT_GATT_ITER_CONTINUE, or BT_GATT_ITER_STOP to unsubscribe. Ignored at the end.
 */
typedef uint8_t (*bt_gatt_notify_func_t)(struct bt_conn *conn,
					 struct bt_gatt_subscribe_params *params, const void *data,
					 uint16_t length);

/** A subscription's CCC has been written, or not.
 * @param err  0, or an ATT error code. After an error in subscribing, and after unsubscribing,
 * notify with NULL follows.
 */
typedef void (*bt_gatt_subscribe_func_t)(struct bt_conn *conn, uint8_t err,
					 struct bt_gatt_subscribe_params *params);

/** Bits in struct bt_gatt_subscribe_params. */
enum bt_gatt_sub_flag {
	/** The server forgets it with the link, and so does this host. Without bonds, always. */
	BT_GATT_SUBSCRIBE_FLAG_VOLATILE,
	/** Never written again after a reconnection. */
	BT_GATT_SUBSCRIBE_FLAG_NO_RESUB,
	/** @cond private */
	BT_GATT_SUBSCRIBE_FLAG_WRITE_PENDING,
	BT_GATT_SUBSCRIBE_FLAG_SENT,
	BT_GATT_SUBSCRIBE_FLAG_ENDING,
	/** @endcond */
	BT_GATT_SUBSCRIBE_NUM_FLAGS
};

/** struct bt_gatt_subscribe_params has received_opcode. */
#define BT_GATT_SUBSCRIBE_HAS_RECEIVED_OPCODE 1

/** Parameters of bt_gatt_subscribe(). Zero-initialise. */
struct bt_gatt_subscribe_params {
	bt_gatt_notify_func_t notify;       /**< Values, and the end. */
	bt_gatt_subscribe_func_t subscribe; /**< The CCC's write; may be NULL. */
	uint16_t value_handle;              /**< Of the characteristic's value. */
	uint16_t ccc_handle;                /**< Of its Client Characteristic Configuration. */
	uint16_t value;                     /**< BT_GATT_CCC_NOTIFY, _INDICATE or both. */
	bt_security_t min_security;         /**< Values on a less secure link are refused. */
	ATOMIC_DEFINE(flags, BT_GATT_SUBSCRIBE_NUM_FLAGS); /**< enum bt_gatt_sub_flag. */
	/** In notify with data: BT_ATT_OP_NOTIFY or BT_ATT_OP_INDICATE, whichever brought it
	 * (several values in one PDU count as notified). An extension to Zephyr's API, in the form
	 * of its pull request 103700.
	 */
	uint8_t received_opcode;
	enum bt_att_chan_opt chan_opt; /**< Which bearers; 0: any. */
	/** @cond private */
	sys_snode_t node;
	/** @endcond */
};

/** Subscribe to a characteristic of the peer: write its CCC, and hear its values. Values that come
 * before the write is answered are reported too. Subscriptions of one CCC share it: what is written
 * is what they want together, and it is not written when it says so already.
 *
 * @param params  The host's until notify is called with NULL.
 * @retval 0          Subscribed; the CCC is being written if need be (subscribe follows).
 * @retval -EALREADY  These @p params are subscribed, or end soon.
 * @retval -EINVAL    Also: no notify, a handle is 0, value not 1 to 3.
 * @retval -ENOTCONN -ENOMEM -ETIMEDOUT  See above.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 4.10, 4.11 and 3.3.3.3.
 */
int bt_gatt_subscribe(struct bt_conn *conn, struct bt_gatt_subscribe_params *params);

/** Hear the values of a peer whose server remembers our subscription, without writing anything: on
 * its present link, or else its next.
 *
 * @param id      Our identity on that link.
 * @param peer    The peer.
 * @param params  As for bt_gatt_subscribe().
 * @retval 0          Subscribed.
 * @retval -EALREADY  These @p params are subscribed.
 * @retval -EINVAL    A parameter is NULL, no notify, a handle is 0, value not 1 to 3.
 * @retval -ENOMEM    CONFIG_BT_MAX_CONN peers are being waited for.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 3.3.3.3.
 */
int bt_gatt_resubscribe(uint8_t id, const bt_addr_le_t *peer,
			struct bt_gatt_subscribe_params *params);

/** End a subscription. Values are not reported any more. When nobody else wants the same of its
 * CCC, that is written.
 *
 * @retval 0          notify is called with NULL: at once when nothing is written, else when the
 * write is answered, behind subscribe.
 * @retval -EINVAL    A parameter is NULL, or @p params are not subscribed on @p conn.
 * @retval -EALREADY  They are ending.
 * @retval -ENOTCONN -ENOMEM -ETIMEDOUT  See above; still subscribed.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part G 3.3.3.3.
 */
int bt_gatt_unsubscribe(struct bt_conn *conn, struct bt_gatt_subscribe_params *params);

/** End the first procedure of @p conn that was started with @p params, queued or sent: its last
 * callback comes within this call, or behind the callback of its own that this is called in, with
 * BT_ATT_ERR_UNLIKELY. What the server still answers is
 * swallowed, and the next procedure waits for that. Without such a procedure nothing happens.
 * Context: thread, never waits; allowed in bt_* callbacks.
 * Spec: Core 6.0 Vol 3 Part F 3.3.2.
 */
void bt_gatt_cancel(struct bt_conn *conn, void *params);

#ifdef __cplusplus
}
#endif

#endif
