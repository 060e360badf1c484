/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_HCI_SHIM_H_
#define TESTS_FAULT_HCI_SHIM_H_

#include <stdint.h>

#include <favonius/hci.h>

/*
 * Sits between a host and its controller and spoils one command: refuses it, or swallows it. All
 * else passes.
 */

enum hci_shim_fault {
	SHIM_REFUSE, /* answered with Command Status, Unspecified Error */
	SHIM_SILENT, /* never answered */
};

struct hci_shim {
	struct fav_hci hci; /* the host's side */
	struct fav_hci *below;
	enum hci_shim_fault fault;
	uint32_t spoil_at; /* the number of the command to spoil; 0: none */
	uint32_t commands; /* seen so far */
	uint16_t spoiled;  /* the opcode that was spoiled */
};

void hci_shim_init(struct hci_shim *shim, struct fav_hci *below);

#endif
