/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAV_AIR_SIGNAL_PATH_H_
#define FAV_AIR_SIGNAL_PATH_H_

#include <stdint.h>

#include "controller/radio.h"

/*
 * How strong a signal arrives, and how often its bits do.
 *
 *  - Path loss is 50 dB at 1 m and closer, and grows with the distance to the power of 2.5.
 *  - A receiver's own noise is -107 dBm on 1M, 3 dB more on 2M. Coded gains 3 dB with S=2, 7 dB
 *    with S=8. So one packet in three of 37 bytes is lost at -96 dBm on 1M.
 *  - A bit is wrong with 1/2 exp(-SINR/2): non-coherent detection of FSK in white noise, which
 *    interference is taken to be.
 */

struct place {
	double x_m, y_m;
};

/* Path loss, dB. */
double path__loss_db(const struct place *from, const struct place *to);

/* A receiver's own noise, with the gain of the coding taken off, dBm. */
double path__noise_dbm(enum radio_phy phy);

double path__mw(double dbm);

/* The chance that all of bits arrive, given signal and noise with interference, mW. */
double path__arrive(double signal_mw, double noise_mw, double bits);

#endif
