/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/ll_ext_pdu.h"

#include <string.h>

#include <favonius/cursor.h>
#include <zephyr/sys/byteorder.h>
#include <zephyr/sys/util.h>

/* Of the first byte of the payload. */
#define EXT_LEN_MASK   0x3f
#define ADV_MODE_SHIFT 6
#define ADV_MODE_RFU   3

/* Extended Header Flags, 2.3.4, in the order of the fields. */
#define FLAG_ADV      BIT(0)
#define FLAG_TARGET   BIT(1)
#define FLAG_CTE      BIT(2)
#define FLAG_ADI      BIT(3)
#define FLAG_AUX      BIT(4)
#define FLAG_SYNC     BIT(5)
#define FLAG_TX_POWER BIT(6)

#define CTE_SIZE      1
#define ADI_SIZE      2
#define AUX_SIZE      3
#define TX_POWER_SIZE 1

/* AuxPtr: channel in bits 0 to 5, CA, Offset Units, offset in 13 bits, PHY in 3. */
#define AUX_CHANNEL_MASK 0x3f
#define AUX_ACCURATE     BIT(6)
#define AUX_LONG_UNIT    BIT(7)
#define AUX_OFFSET_MASK  0x1fff
#define AUX_PHY_SHIFT    13
#define AUX_PHY_LAST     2

/* The first two bytes of SyncInfo. */
#define SYNC_LONG_UNIT BIT(13)
#define SYNC_ADJUST    BIT(14)
#define SYNC_SCA_SHIFT 5

static bool read_aux(const uint8_t *raw, struct ll_aux_ptr *aux)
{
	uint16_t where;

	if (raw == NULL) {
		return false;
	}
	where = sys_get_le16(raw + 1);
	aux->channel = raw[0] & AUX_CHANNEL_MASK;
	aux->accurate = raw[0] & AUX_ACCURATE;
	aux->unit_us = (raw[0] & AUX_LONG_UNIT) ? LL_AUX_UNIT_LONG_US : LL_AUX_UNIT_SHORT_US;
	aux->offset_us = (where & AUX_OFFSET_MASK) * aux->unit_us;
	aux->phy = (enum radio_phy)((where >> AUX_PHY_SHIFT) + RADIO_1M);
	return aux->channel < LL_ADV_CHANNEL_FIRST && where >> AUX_PHY_SHIFT <= AUX_PHY_LAST;
}

static void write_aux(struct fav_writer *w, const struct ll_aux_ptr *aux)
{
	bool long_unit = aux->offset_us >= LL_AUX_LONG_FROM_US;
	uint32_t raw = aux->offset_us / (long_unit ? LL_AUX_UNIT_LONG_US : LL_AUX_UNIT_SHORT_US);

	fav_writer_u8(w, (uint8_t)(aux->channel | (aux->accurate ? AUX_ACCURATE : 0) |
				   (long_unit ? AUX_LONG_UNIT : 0)));
	fav_writer_le16(w, (uint16_t)((raw & AUX_OFFSET_MASK) |
				      (MIN(aux->phy, RADIO_CODED_S8) - RADIO_1M) << AUX_PHY_SHIFT));
}

void ll__sync_info_read(const uint8_t raw[LL_SYNC_INFO_SIZE], struct ll_sync_info *info)
{
	uint16_t where = sys_get_le16(raw);

	info->unit_us = (where & SYNC_LONG_UNIT) ? LL_AUX_UNIT_LONG_US : LL_AUX_UNIT_SHORT_US;
	info->offset_us = (where & LL_SYNC_OFFSET_MAX_RAW) * info->unit_us;
	if (info->offset_us != 0 && (where & SYNC_ADJUST)) {
		info->offset_us += LL_SYNC_ADJUST_US;
	}
	info->interval = sys_get_le16(raw + 2);
	memcpy(info->chan_map, raw + 4, sizeof(info->chan_map));
	info->sca = info->chan_map[4] >> SYNC_SCA_SHIFT;
	info->chan_map[4] &= BIT_MASK(SYNC_SCA_SHIFT);
	info->access_address = sys_get_le32(raw + 9);
	info->crc_init = sys_get_le24(raw + 13);
	info->counter = sys_get_le16(raw + 16);
}

void ll__sync_info_write(const struct ll_sync_info *info, uint8_t raw[LL_SYNC_INFO_SIZE])
{
	bool adjust = info->offset_us >= LL_SYNC_ADJUST_US;
	uint32_t offset_us = adjust ? info->offset_us - LL_SYNC_ADJUST_US : info->offset_us;
	bool long_unit = adjust || offset_us >= LL_AUX_LONG_FROM_US;
	uint32_t units = offset_us / (long_unit ? LL_AUX_UNIT_LONG_US : LL_AUX_UNIT_SHORT_US);

	sys_put_le16(
		(uint16_t)(units | (long_unit ? SYNC_LONG_UNIT : 0) | (adjust ? SYNC_ADJUST : 0)),
		raw);
	sys_put_le16(info->interval, raw + 2);
	memcpy(raw + 4, info->chan_map, sizeof(info->chan_map));
	raw[8] |= (uint8_t)(info->sca << SYNC_SCA_SHIFT);
	sys_put_le32(info->access_address, raw + 9);
	sys_put_le24(info->crc_init, raw + 13);
	sys_put_le16(info->counter, raw + 16);
}

static bt_addr_le_t read_addr(struct fav_cursor *c, bool random)
{
	bt_addr_le_t addr = {.type = random ? BT_ADDR_LE_RANDOM : BT_ADDR_LE_PUBLIC};

	(void)fav_cursor_copy(c, &addr.a, sizeof(addr.a));
	return addr;
}

/* The fields that the flags name; what is left of the header is ACAD. */
static bool read_header(struct fav_cursor c, uint8_t hdr, struct ll_ext_pdu *ext)
{
	uint8_t flags = fav_cursor_u8(&c);
	const uint8_t *raw;

	ext->has_adv = flags & FLAG_ADV;
	ext->has_target = flags & FLAG_TARGET;
	ext->has_cte = flags & FLAG_CTE;
	ext->has_adi = flags & FLAG_ADI;
	ext->has_aux = flags & FLAG_AUX;
	ext->has_sync = flags & FLAG_SYNC;
	ext->has_tx_power = flags & FLAG_TX_POWER;
	if (ext->has_adv) {
		ext->adv = read_addr(&c, hdr & LL_ADV_TXADD);
	}
	if (ext->has_target) {
		ext->target = read_addr(&c, hdr & LL_ADV_RXADD);
	}
	(void)fav_cursor_skip(&c, ext->has_cte ? CTE_SIZE : 0);
	ext->adi = ext->has_adi ? fav_cursor_le16(&c) : 0;
	if (ext->has_aux && !read_aux(fav_cursor_bytes(&c, AUX_SIZE), &ext->aux)) {
		return false;
	}
	if (ext->has_sync) {
		raw = fav_cursor_bytes(&c, LL_SYNC_INFO_SIZE);
		if (raw == NULL) {
			return false;
		}
		ll__sync_info_read(raw, &ext->sync);
	}
	ext->tx_power = ext->has_tx_power ? fav_cursor_s8(&c) : 0;
	ext->acad_len = (uint8_t)fav_cursor_remaining(&c);
	ext->acad = fav_cursor_bytes(&c, ext->acad_len);
	return fav_cursor_ok(&c);
}

bool ll__ext_read(const uint8_t *pdu, uint16_t len, struct ll_ext_pdu *ext)
{
	struct fav_cursor c = fav_cursor_of(pdu, len), header;
	uint8_t hdr = fav_cursor_u8(&c);
	uint8_t first;

	*ext = (struct ll_ext_pdu){0};
	if (fav_cursor_u8(&c) != fav_cursor_remaining(&c)) {
		return false;
	}
	first = fav_cursor_u8(&c);
	header = fav_cursor_sub(&c, first & EXT_LEN_MASK);
	if (!fav_cursor_ok(&c) || first >> ADV_MODE_SHIFT == ADV_MODE_RFU) {
		return false;
	}
	ext->mode = (enum ll_ext_mode)(first >> ADV_MODE_SHIFT);
	if (fav_cursor_remaining(&header) != 0 && !read_header(header, hdr, ext)) {
		return false;
	}
	ext->data_len = (uint8_t)fav_cursor_remaining(&c);
	ext->data = fav_cursor_bytes(&c, ext->data_len);
	return true;
}

static uint8_t flags_of(const struct ll_ext_pdu *ext)
{
	return (ext->has_adv ? FLAG_ADV : 0) | (ext->has_target ? FLAG_TARGET : 0) |
	       (ext->has_adi ? FLAG_ADI : 0) | (ext->has_aux ? FLAG_AUX : 0) |
	       (ext->has_sync ? FLAG_SYNC : 0) | (ext->has_tx_power ? FLAG_TX_POWER : 0);
}

/* Extended Header Length: without fields there are no flags either. */
static uint8_t header_len(const struct ll_ext_pdu *ext)
{
	uint8_t len = ext->acad_len;

	len += ext->has_adv ? BT_ADDR_SIZE : 0;
	len += ext->has_target ? BT_ADDR_SIZE : 0;
	len += ext->has_adi ? ADI_SIZE : 0;
	len += ext->has_aux ? AUX_SIZE : 0;
	len += ext->has_sync ? LL_SYNC_INFO_SIZE : 0;
	len += ext->has_tx_power ? TX_POWER_SIZE : 0;
	return len != 0 ? len + 1 : 0;
}

uint8_t ll__ext_room(const struct ll_ext_pdu *ext)
{
	return LL_EXT_PAYLOAD_MAX - 1 - header_len(ext);
}

static void write_header(struct fav_writer *w, const struct ll_ext_pdu *ext)
{
	uint8_t *raw;

	fav_writer_u8(w, flags_of(ext));
	if (ext->has_adv) {
		fav_writer_bytes(w, &ext->adv.a, BT_ADDR_SIZE);
	}
	if (ext->has_target) {
		fav_writer_bytes(w, &ext->target.a, BT_ADDR_SIZE);
	}
	if (ext->has_adi) {
		fav_writer_le16(w, ext->adi);
	}
	if (ext->has_aux) {
		write_aux(w, &ext->aux);
	}
	if (ext->has_sync) {
		raw = fav_writer_add(w, LL_SYNC_INFO_SIZE);
		ll__sync_info_write(&ext->sync, raw);
	}
	if (ext->has_tx_power) {
		fav_writer_u8(w, (uint8_t)ext->tx_power);
	}
	fav_writer_bytes(w, ext->acad, ext->acad_len);
}

uint16_t ll__ext_write(const struct ll_ext_pdu *ext, uint8_t type, uint8_t *pdu)
{
	struct fav_writer w = fav_writer_of(pdu + LL_HDR_SIZE + 1, LL_EXT_PAYLOAD_MAX - 1);
	uint8_t ext_len = header_len(ext);

	pdu[0] = type;
	if (ext->has_adv && ext->adv.type == BT_ADDR_LE_RANDOM) {
		pdu[0] |= LL_ADV_TXADD;
	}
	if (ext->has_target && ext->target.type == BT_ADDR_LE_RANDOM) {
		pdu[0] |= LL_ADV_RXADD;
	}
	pdu[2] = (uint8_t)(ext->mode << ADV_MODE_SHIFT | ext_len);
	if (ext_len != 0) {
		write_header(&w, ext);
	}
	fav_writer_bytes(&w, ext->data, ext->data_len);
	pdu[1] = (uint8_t)(1 + fav_writer_len(&w));
	return LL_HDR_SIZE + pdu[1];
}
