/* SPDX-License-Identifier: Apache-2.0 */
#include "air/signal_path.h"

#include <math.h>

#define LOSS_AT_1M_DB 50
/* Ten times the exponent of the distance. */
#define LOSS_PER_DECADE_DB 25

/* Thermal noise in 1 MHz is -114 dBm; receivers add about 7 dB. */
#define NOISE_DBM -107

/* From this ratio on not one packet in a million is lost. */
#define SURE_RATIO 60

double path__loss_db(const struct place *from, const struct place *to)
{
	double x_m = to->x_m - from->x_m, y_m = to->y_m - from->y_m;
	double square = x_m * x_m + y_m * y_m;

	return LOSS_AT_1M_DB + (square > 1 ? LOSS_PER_DECADE_DB / 2.0 * log10(square) : 0);
}

double path__noise_dbm(enum radio_phy phy)
{
	switch (phy) {
	case RADIO_2M:
		return NOISE_DBM + 3;
	case RADIO_CODED_S2:
		return NOISE_DBM - 3;
	case RADIO_CODED_S8:
		return NOISE_DBM - 7;
	default:
		return NOISE_DBM;
	}
}

double path__mw(double dbm)
{
	return pow(10, dbm / 10);
}

double path__arrive(double signal_mw, double noise_mw, double bits)
{
	double ratio = signal_mw / noise_mw;

	return ratio >= SURE_RATIO ? 1 : exp(bits * log1p(-exp(-ratio / 2) / 2));
}
