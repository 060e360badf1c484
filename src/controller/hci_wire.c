/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/hci_wire.h"

#include <zephyr/sys/__assert.h>
#include <zephyr/sys/util.h>

static void timer_due(struct fav_timeout *timer)
{
	struct hci_wire *wire = CONTAINER_OF(timer, struct hci_wire, timer);
	uint64_t now_us = timer->at_us;

	/* A callee may reset the wire, or put more into it. */
	while (wire->count != 0 && wire->due_us[wire->head] <= now_us) {
		struct net_buf *buf = net_buf_slist_get(&wire->packets);

		wire->head = (uint16_t)((wire->head + 1) % HCI_WIRE_MAX);
		wire->count--;
		wire->out(wire, buf, now_us);
	}
	if (wire->count != 0 && !fav_timeout_is_armed(&wire->timer)) {
		fav_timeout_start(&wire->timer, wire->due_us[wire->head]);
	}
}

void hci_wire__init(struct hci_wire *wire, uint32_t latency_us,
		    void (*out)(struct hci_wire *wire, struct net_buf *buf, uint64_t now_us))
{
	wire->out = out;
	wire->latency_us = latency_us;
	wire->timer.handler = timer_due;
	sys_slist_init(&wire->packets);
}

uint16_t hci_wire__room(const struct hci_wire *wire)
{
	return HCI_WIRE_MAX - wire->count;
}

void hci_wire__put(struct hci_wire *wire, struct net_buf *buf)
{
	uint64_t now_us = fav_kernel_port()->now_us();

	if (wire->latency_us == 0) {
		wire->out(wire, buf, now_us);
		return;
	}
	__ASSERT_NO_MSG(wire->count < HCI_WIRE_MAX);
	wire->due_us[(wire->head + wire->count) % HCI_WIRE_MAX] = now_us + wire->latency_us;
	wire->count++;
	net_buf_slist_put(&wire->packets, buf);
	if (!fav_timeout_is_armed(&wire->timer)) {
		fav_timeout_start(&wire->timer, wire->due_us[wire->head]);
	}
}

void hci_wire__reset(struct hci_wire *wire)
{
	struct net_buf *buf;

	fav_timeout_stop(&wire->timer);
	wire->count = 0;
	while ((buf = net_buf_slist_get(&wire->packets)) != NULL) {
		net_buf_unref(buf);
	}
}
