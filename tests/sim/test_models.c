/* SPDX-License-Identifier: Apache-2.0 */

/* Every association model x who asks x legacy or Secure Connections x who bonds x what comes of it,
 * over the air: Core 6.0 Vol 3 Part H 2.3.5. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>

#include "host/smp.h"
#include "peers.h"
#include "secure.h"
#include "sim.h"

static struct sim sim;

/* ---- The dimensions ---- */

#define LEGACY BIT(0)
#define SC     BIT(1)
#define OOB    SMP_IOS /* in the place of what a user can do */

static const struct model {
	const char *name;
	unsigned int io[DEVICES];
	uint8_t with; /* LEGACY, SC */
	uint8_t methods[DEVICES];
	bt_security_t level[2]; /* legacy, Secure Connections */
	bool secret;            /* which may be wrong */
} models[] = {
	{"just works",
	 {SMP_IO_NONE, SMP_IO_DISPLAY_YESNO},
	 LEGACY | SC,
	 {BT_CONN_AUTH_METHOD_JUST_WORKS, BT_CONN_AUTH_METHOD_JUST_WORKS},
	 {BT_SECURITY_L2, BT_SECURITY_L2},
	 false},
	{"passkey, shown by the central",
	 {SMP_IO_DISPLAY_ONLY, SMP_IO_KEYBOARD_ONLY},
	 LEGACY | SC,
	 {BT_CONN_AUTH_METHOD_PASSKEY_DISPLAY, BT_CONN_AUTH_METHOD_PASSKEY_ENTRY},
	 {BT_SECURITY_L3, BT_SECURITY_L4},
	 true},
	{"passkey, shown by the peripheral",
	 {SMP_IO_KEYBOARD_ONLY, SMP_IO_DISPLAY_ONLY},
	 LEGACY | SC,
	 {BT_CONN_AUTH_METHOD_PASSKEY_ENTRY, BT_CONN_AUTH_METHOD_PASSKEY_DISPLAY},
	 {BT_SECURITY_L3, BT_SECURITY_L4},
	 true},
	{"passkey, typed by both",
	 {SMP_IO_KEYBOARD_ONLY, SMP_IO_KEYBOARD_ONLY},
	 LEGACY | SC,
	 {BT_CONN_AUTH_METHOD_PASSKEY_BOTH, BT_CONN_AUTH_METHOD_PASSKEY_BOTH},
	 {BT_SECURITY_L3, BT_SECURITY_L4},
	 false},
	{"numeric comparison",
	 {SMP_IO_DISPLAY_YESNO, SMP_IO_KEYBOARD_DISPLAY},
	 SC,
	 {BT_CONN_AUTH_METHOD_NUMERIC, BT_CONN_AUTH_METHOD_NUMERIC},
	 {0, BT_SECURITY_L4},
	 false},
	{"out of band",
	 {OOB, OOB},
	 LEGACY | SC,
	 {BT_CONN_AUTH_METHOD_OOB, BT_CONN_AUTH_METHOD_OOB},
	 {BT_SECURITY_L3, BT_SECURITY_L4},
	 true},
};

enum outcome {
	SUCCESS,
	WRONG,     /* passkey or data */
	REFUSED,   /* by a user */
	SILENCE,   /* of the users */
	FORBIDDEN, /* the model is not one that one side allows */
	LOST,      /* the link, on the way */
	OUTCOMES,
};

struct row {
	const struct model *model;
	bool sc;
	size_t asker;
	bool bonds[DEVICES];
	enum outcome outcome;
	size_t by; /* who forbids, or ends the link */
};

/* ---- A row ---- */

static bool has_user(const struct model *model)
{
	return model->methods[0] != BT_CONN_AUTH_METHOD_JUST_WORKS;
}

static bool exists(const struct row *row)
{
	switch (row->outcome) {
	case WRONG:
		return row->model->secret;
	case SILENCE:
		return has_user(row->model);
	default:
		return true;
	}
}

static void prepare(const struct row *row)
{
	secure_begin(&sim);
	if (row->model->io[0] == OOB && row->sc) {
		secure_oob_give(true, true);
	} else if (row->model->io[0] == OOB) {
		secure_oob_give_tk();
	}
	for (size_t i = 0; i < DEVICES; i++) {
		if (row->model->io[i] != OOB) {
			secure_io(i, (enum smp_io)row->model->io[i]);
		}
		sim_on(&sim, i);
		bt_set_bondable(row->bonds[i]);
		assert_int_equal(0, bt_conn_auth_methods_set(NULL, row->model->methods[i]));
	}
	secure_smp(PERIPHERAL)->sc = row->sc;
	user.both_type = row->model->methods[0] == BT_CONN_AUTH_METHOD_PASSKEY_BOTH;
	user.typed_by_both = 271828;
	if (!has_user(row->model) && row->outcome == REFUSED) {
		sim_on(&sim, PERIPHERAL);
		assert_int_equal(0, bt_conn_auth_cb_register(NULL));
		assert_int_equal(0, bt_conn_auth_cb_register(&secure_asks_first));
	}
}

static void go_wrong(const struct row *row)
{
	switch (row->outcome) {
	case WRONG:
		user.wrong_passkey = true;
		secure_oob.data[PERIPHERAL].le_sc_data.c[5] ^= 1;
		secure_oob.tk[PERIPHERAL][15] ^= 1;
		break;
	case REFUSED:
		user.refuse = true;
		break;
	case SILENCE:
		user.silent = true;
		break;
	case FORBIDDEN:
		sim_on(&sim, row->by);
		assert_int_equal(0,
				 bt_conn_auth_methods_set(peers[row->by].conn,
							  BT_CONN_AUTH_METHOD_ANY &
								  ~row->model->methods[row->by]));
		break;
	default:
		break;
	}
}

/* The link may have gone before or after the keys were exchanged, on each side. */
static void expect_whole_or_nothing(void)
{
	for (size_t i = 0; i < DEVICES; i++) {
		assert_true(told[i].completes + told[i].failures <= 1);
		assert_int_equal(secure_bonds(i), told[i].completes > 0 && told[i].bonded ? 1 : 0);
		assert_int_equal(secure_smp(i)->chans[0].p->phase, SMP_IDLE);
	}
}

static void run(const struct row *row)
{
	bt_security_t level = row->model->level[row->sc];

	prepare(row);
	peers_link(&sim, CENTRAL, PERIPHERAL, 24);
	go_wrong(row);
	secure_raise(row->asker, level);
	if (row->outcome == SUCCESS) {
		secure_expect_paired(level, row->bonds[CENTRAL] && row->bonds[PERIPHERAL]);
	} else if (row->outcome == LOST) {
		sim_run_ms(150);
		peers_unlink(&sim, row->by, 1 - row->by);
		expect_whole_or_nothing();
	} else {
		secure_expect_failed();
	}
	if (row->outcome == FORBIDDEN) {
		assert_int_equal(told[row->by].err, BT_SECURITY_ERR_AUTH_REQUIREMENT);
	}
	secure_end();
}

/* ---- The matrix ---- */

static const char *const outcomes[] = {"success",   "wrong secret", "refused",
				       "no answer", "forbidden",    "link lost"};

static unsigned int run_all(enum outcome outcome)
{
	unsigned int rows = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(models) * 2 * 2 * 4 * 2; i++) {
		struct row row = {
			.model = &models[i / 32],
			.sc = (i & 1) != 0,
			.asker = (i & 2) != 0 ? PERIPHERAL : CENTRAL,
			.bonds = {(i & 4) != 0, (i & 8) != 0},
			.by = (i & 16) != 0 ? PERIPHERAL : CENTRAL,
			.outcome = outcome,
		};
		bool has_by = outcome == FORBIDDEN || outcome == LOST;

		if ((row.model->with & (row.sc ? SC : LEGACY)) == 0 || !exists(&row) ||
		    (row.by != CENTRAL && !has_by)) {
			continue;
		}
		print_message("%s, %s, asked by %s, bonding %d and %d: %s\n", row.model->name,
			      row.sc ? "Secure Connections" : "legacy",
			      row.asker == CENTRAL ? "central" : "peripheral", row.bonds[CENTRAL],
			      row.bonds[PERIPHERAL], outcomes[outcome]);
		run(&row);
		rows++;
	}
	return rows;
}

/* Of 6 models 11 are left with legacy or not; each by two askers, with four wishes for bonds. */
static void every_model_succeeds(void **state)
{
	assert_int_equal(run_all(SUCCESS), 11 * 2 * 4);
}

static void a_wrong_secret_fails_every_model_that_has_one(void **state)
{
	assert_int_equal(run_all(WRONG), 6 * 2 * 4);
}

static void a_user_may_refuse_every_model(void **state)
{
	assert_int_equal(run_all(REFUSED), 11 * 2 * 4);
}

static void users_who_say_nothing_fail_every_model_that_asks_them(void **state)
{
	assert_int_equal(run_all(SILENCE), 9 * 2 * 4);
}

static void a_model_that_one_side_forbids_is_not_used(void **state)
{
	assert_int_equal(run_all(FORBIDDEN), 11 * 2 * 4 * 2);
}

static void a_link_that_is_lost_leaves_all_or_nothing(void **state)
{
	assert_int_equal(run_all(LOST), 11 * 2 * 4 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_model_succeeds),
		cmocka_unit_test(a_wrong_secret_fails_every_model_that_has_one),
		cmocka_unit_test(a_user_may_refuse_every_model),
		cmocka_unit_test(users_who_say_nothing_fail_every_model_that_asks_them),
		cmocka_unit_test(a_model_that_one_side_forbids_is_not_used),
		cmocka_unit_test(a_link_that_is_lost_leaves_all_or_nothing),
	};

	return SIM_RUN(tests);
}
