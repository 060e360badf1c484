/* SPDX-License-Identifier: Apache-2.0 */
/* The air in pcap: each packet with all that is known of it, and failures of the file. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <favonius/loop.h>
#include <favonius/process.h>
#include <favonius/sim.h>
#include <zephyr/bluetooth/bluetooth.h>

#include "../client.h"
#include "../peers.h"
#include "../server.h"
#include "../sim.h"
#include "air/air_internal.h"
#include "pcap_file.h"

#define ADV_ACCESS_ADDRESS 0x8e89bed6

static struct sim sim;
static char dir[200], path[220], other[220];

static int make_dir(void **state)
{
	assert_int_equal(fav_temp_dir(dir, sizeof(dir)), 0);
	snprintf(path, sizeof(path), "%s/air.pcap", dir);
	snprintf(other, sizeof(other), "%s/other.pcap", dir);
	return 0;
}

static int remove_dir(void **state)
{
	fav_temp_dir_remove(dir);
	return 0;
}

/* ---- What is sent, noted by an observer beside the capture ---- */

#define NOTES_MAX 2000

static struct note {
	struct fav_air_packet packet;
	uint8_t pdu[2 + 255];
} notes[NOTES_MAX];
static size_t note_count;

static void on_packet(void *ctx, const struct fav_air_packet *packet)
{
	assert_true(note_count < NOTES_MAX);
	notes[note_count].packet = *packet;
	memcpy(notes[note_count++].pdu, packet->pdu, packet->len);
}

static struct fav_air_observer noting = {.on_packet = on_packet};

/* Device b advertises and serves, a finds and connects, and they exchange attributes. */
static void advertise_and_exchange(const char *to)
{
	static struct client_found found;
	static struct client_result result;
	struct fav_air_capture *capture;

	sim_begin(&sim, 2);
	note_count = 0;
	fav_air_observer_add(sim.air, &noting);
	assert_int_equal(fav_air_capture_start(sim.air, to, &capture), 0);
	peers_begin(&sim);
	server_begin(&sim, 1);
	peers_link(&sim, 0, 1, 24);
	sim_on(&sim, 0);
	assert_true(client_discover(peers[0].conn, server_uuid, &found));
	client_write(peers[0].conn, found.value[0], "favonius", 8, &result);
	assert_int_equal(result.err, 0);
	client_read(peers[0].conn, found.value[0], &result);
	assert_int_equal(result.len, 8);
	peers_unlink(&sim, 0, 1);
	server_end(&sim, 1);
	peers_end(&sim);
	assert_int_equal(fav_air_capture_stop(capture), 0);
	fav_air_observer_remove(sim.air, &noting);
	sim_end(&sim);
}

static void check_packet(const struct pcap_packet *packet, const struct note *note)
{
	static const uint8_t adv_rf[] = {0, 12, 39};
	const struct fav_air_packet *sent = &note->packet;
	uint8_t index = sent->channel;

	assert_int_equal(packet->time_us, sent->start_us);
	assert_int_equal(packet->access_address, sent->access_address);
	assert_int_equal(packet->len, sent->len);
	assert_memory_equal(packet->pdu, note->pdu, sent->len);
	assert_int_equal(packet->crc, pcap_crc(sent->crc_init, note->pdu, sent->len));
	assert_int_equal(packet->phy, sent->phy - 1);
	assert_int_equal(packet->signal_dbm, sent->rssi_dbm);
	/* De-whitened; signal, reference access address valid; CRC checked and valid. */
	assert_int_equal(packet->flags & 0x3c7f, 0x0c13);
	assert_int_equal(packet->rf_channel, index >= 37   ? adv_rf[index - 37]
					     : index <= 10 ? index + 1
							   : index + 2);
	if (sent->access_address == ADV_ACCESS_ADDRESS) {
		assert_int_equal(packet->type, 0);
	} else {
		assert_int_equal(packet->type, sent->sender == sim.dev[0].hci ? 2 : 3);
	}
}

static void advertising_and_gatt_are_there_packet_by_packet(void **state)
{
	const char *kept = getenv("FAVONIUS_CAPTURE");
	struct pcap_packet packet;
	struct pcap_file file;
	size_t count = 0, data = 0;

	advertise_and_exchange(kept != NULL ? kept : path);
	pcap_open(&file, kept != NULL ? kept : path);
	while (pcap_next(&file, &packet)) {
		assert_true(count < note_count);
		data += packet.access_address != ADV_ACCESS_ADDRESS;
		check_packet(&packet, &notes[count++]);
	}
	assert_int_equal(count, note_count);
	assert_true(data > 20);
	pcap_close(&file);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
	struct pcap_file first, second;

	advertise_and_exchange(path);
	advertise_and_exchange(other);
	pcap_open(&first, path);
	pcap_open(&second, other);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	pcap_close(&first);
	pcap_close(&second);
}

static void several_captures_of_one_air_are_the_same(void **state)
{
	struct fav_air_capture *one, *two, *refused;
	struct pcap_file first, second;

	sim_begin(&sim, 1);
	assert_int_equal(fav_air_capture_start(sim.air, path, &one), 0);
	assert_int_equal(fav_air_capture_start(sim.air, path, &refused), -EBUSY);
	assert_int_equal(fav_air_capture_start(sim.air, other, &two), 0);
	peers_begin(&sim);
	peers_advertise(&sim, 0);
	sim_run_ms(500);
	assert_int_equal(bt_le_adv_stop(), 0);
	assert_int_equal(fav_air_capture_stop(two), 0);
	assert_int_equal(fav_air_capture_stop(one), 0);
	peers_end(&sim);
	sim_end(&sim);
	pcap_open(&first, path);
	pcap_open(&second, other);
	assert_true(first.len > 1000);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	pcap_close(&first);
	pcap_close(&second);
}

/* What has happened is in the file while the capture goes on. */
static void records_are_in_the_file_before_the_end(void **state)
{
	struct fav_air_capture *capture;
	struct pcap_packet packet;
	struct pcap_file file;
	size_t count = 0;

	sim_begin(&sim, 1);
	assert_int_equal(fav_air_capture_start(sim.air, path, &capture), 0);
	peers_begin(&sim);
	peers_advertise(&sim, 0);
	sim_run_ms(100);
	assert_int_equal(bt_le_adv_stop(), 0);
	sim_run_ms(200);
	pcap_open(&file, path);
	while (pcap_next(&file, &packet)) {
		count++;
	}
	assert_true(count >= 9);
	pcap_close(&file);
	assert_int_equal(fav_air_capture_stop(capture), 0);
	peers_end(&sim);
	sim_end(&sim);
}

/* ---- Coded and auxiliary packets, from a radio without a controller ---- */

static void done(void *ctx, uint64_t end_us)
{
}

static void a_coded_packet_has_its_indicator(void **state)
{
	static const struct radio_client client = {.tx_done = done};
	static const uint8_t pdu[] = {0x07, 3, 1, 2, 3};
	static const enum radio_phy phys[] = {RADIO_CODED_S8, RADIO_CODED_S2, RADIO_2M};
	struct fav_air_capture *capture;
	struct medium_node node = {0};
	struct pcap_packet packet;
	struct pcap_file file;

	fav_sim_reset(1);
	assert_int_equal(fav_kernel_init(&fav_port_sim), 0);
	sim.air = fav_air_create(NULL);
	assert_int_equal(fav_air_capture_start(sim.air, path, &capture), 0);
	medium__node_init(&node, sim.air);
	node.radio.client = &client;
	for (size_t i = 0; i < ARRAY_SIZE(phys); i++) {
		const struct radio_tx tx = {.start_us = i * 10000,
					    .channel = 11,
					    .phy = phys[i],
					    .access_address = ADV_ACCESS_ADDRESS,
					    .crc_init = 0x555555,
					    .pdu = pdu,
					    .len = sizeof(pdu)};

		node.radio.api->tx(&node.radio, &tx);
		sim_run_ms(10);
	}
	medium__node_remove(&node);
	assert_int_equal(fav_air_capture_stop(capture), 0);
	fav_air_destroy(sim.air);

	pcap_open(&file, path);
	for (size_t i = 0; i < ARRAY_SIZE(phys); i++) {
		static const int codings[] = {0, 1, -1};

		assert_true(pcap_next(&file, &packet));
		assert_int_equal(packet.phy, i < 2 ? 2 : 1);
		assert_int_equal(packet.coding, codings[i]);
		assert_int_equal(packet.type, 1);
		assert_int_equal(packet.rf_channel, 13);
		assert_int_equal(packet.len, sizeof(pdu));
		assert_memory_equal(packet.pdu, pdu, sizeof(pdu));
		assert_int_equal(packet.crc, pcap_crc(0x555555, pdu, sizeof(pdu)));
	}
	assert_false(pcap_next(&file, &packet));
	pcap_close(&file);
}

/* ---- Files that fail ---- */

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
	struct fav_air_capture *capture = NULL;

	sim_begin(&sim, 1);
	assert_int_equal(fav_air_capture_start(sim.air, "/nonexistent/air", &capture), -ENOENT);
	assert_int_equal(fav_air_capture_start(sim.air, dir, &capture), -EISDIR);
	assert_int_equal(fav_air_capture_start(sim.air, "/dev/full", &capture), -ENOSPC);
	assert_null(capture);
	assert_int_equal(fav_air_capture_stop(NULL), 0);
	sim_end(&sim);
}

/* As on a full disk: from some size on, writing fails. */
static void a_file_that_cannot_grow_ends_and_the_air_goes_on(void **state)
{
	struct rlimit old, small;
	struct fav_air_capture *capture;
	struct fav_air_stats before, after;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 3000, .rlim_max = old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	sim_begin(&sim, 1);
	assert_int_equal(fav_air_capture_start(sim.air, path, &capture), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	peers_begin(&sim);
	peers_advertise(&sim, 0);
	sim_run_ms(2000);
	fav_air_stats_get(sim.air, &before);
	sim_run_ms(500);
	fav_air_stats_get(sim.air, &after);
	assert_true(after.packets > before.packets);
	assert_int_equal(fav_air_capture_stop(capture), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(bt_le_adv_stop(), 0);
	peers_end(&sim);
	sim_end(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advertising_and_gatt_are_there_packet_by_packet),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(several_captures_of_one_air_are_the_same),
		cmocka_unit_test(records_are_in_the_file_before_the_end),
		cmocka_unit_test(a_coded_packet_has_its_indicator),
		cmocka_unit_test(a_file_that_cannot_be_made_is_an_error),
		cmocka_unit_test(a_file_that_cannot_grow_ends_and_the_air_goes_on),
	};

	cmocka_set_test_filter(getenv("FAVONIUS_TEST"));
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
