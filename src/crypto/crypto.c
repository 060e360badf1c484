/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <psa/crypto.h>

#include <favonius/loop.h>
#include <zephyr/logging/log.h>

LOG_MODULE_REGISTER(crypto);

/* A point in the library's form: 0x04, x, y (SEC 1 2.3.3). */
#define UNCOMPRESSED 0x04
#define POINT_LEN    (1 + 2 * CRYPTO_P256_LEN)

#define CCM_ALG PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, CRYPTO_MIC_LEN)

static int to_errno(psa_status_t status, const char *what)
{
	if (status == PSA_SUCCESS) {
		return 0;
	}
	LOG_ERR("%s failed: PSA status %d", what, (int)status);
	return -EIO;
}

/* psa_crypto_init() is needed once, and harmless when repeated. */
static psa_status_t import(psa_key_type_t type, size_t bits, psa_key_usage_t usage,
			   psa_algorithm_t algorithm, const uint8_t *data, size_t len,
			   psa_key_id_t *id)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	psa_status_t status = psa_crypto_init();

	if (status != PSA_SUCCESS) {
		return status;
	}
	psa_set_key_type(&attributes, type);
	psa_set_key_bits(&attributes, bits);
	psa_set_key_usage_flags(&attributes, usage);
	psa_set_key_algorithm(&attributes, algorithm);
	return psa_import_key(&attributes, data, len, id);
}

static psa_status_t import_aes(const uint8_t *key, psa_key_usage_t usage, psa_algorithm_t algorithm,
			       psa_key_id_t *id)
{
	return import(PSA_KEY_TYPE_AES, 8 * CRYPTO_KEY_LEN, usage, algorithm, key, CRYPTO_KEY_LEN,
		      id);
}

int crypto__aes(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t plain[16], uint8_t cipher[16])
{
	psa_key_id_t id;
	size_t len;
	psa_status_t status = import_aes(key, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_ECB_NO_PADDING, &id);

	if (status == PSA_SUCCESS) {
		status =
			psa_cipher_encrypt(id, PSA_ALG_ECB_NO_PADDING, plain, 16, cipher, 16, &len);
		(void)psa_destroy_key(id);
	}
	if (status != PSA_SUCCESS) {
		memset(cipher, 0, 16);
	}
	return to_errno(status, "AES");
}

int crypto__cmac(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t *message, size_t len,
		 uint8_t mac[CRYPTO_MAC_LEN])
{
	psa_key_id_t id;
	size_t mac_len;
	psa_status_t status = import_aes(key, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_CMAC, &id);

	if (status == PSA_SUCCESS) {
		status = psa_mac_compute(id, PSA_ALG_CMAC, message, len, mac, CRYPTO_MAC_LEN,
					 &mac_len);
		(void)psa_destroy_key(id);
	}
	if (status != PSA_SUCCESS) {
		memset(mac, 0, CRYPTO_MAC_LEN);
	}
	return to_errno(status, "AES-CMAC");
}

struct crypto_cmac {
	psa_mac_operation_t operation;
	psa_status_t status;
};

void crypto__cmac_add(struct crypto_cmac *cmac, const void *piece, size_t len)
{
	if (cmac->status == PSA_SUCCESS && len > 0) {
		cmac->status = psa_mac_update(&cmac->operation, piece, len);
	}
}

int crypto__cmac_fed(const uint8_t key[CRYPTO_KEY_LEN],
		     void (*feed)(struct crypto_cmac *cmac, void *user), void *user,
		     uint8_t mac[CRYPTO_MAC_LEN])
{
	struct crypto_cmac cmac = {.operation = PSA_MAC_OPERATION_INIT};
	psa_key_id_t id;
	size_t mac_len;

	cmac.status = import_aes(key, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_CMAC, &id);
	if (cmac.status == PSA_SUCCESS) {
		cmac.status = psa_mac_sign_setup(&cmac.operation, id, PSA_ALG_CMAC);
		feed(&cmac, user);
		if (cmac.status == PSA_SUCCESS) {
			cmac.status =
				psa_mac_sign_finish(&cmac.operation, mac, CRYPTO_MAC_LEN, &mac_len);
		}
		(void)psa_mac_abort(&cmac.operation);
		(void)psa_destroy_key(id);
	}
	if (cmac.status != PSA_SUCCESS) {
		memset(mac, 0, CRYPTO_MAC_LEN);
	}
	return to_errno(cmac.status, "AES-CMAC");
}

void crypto__ccm_init(struct crypto_ccm *ccm, const uint8_t key[CRYPTO_KEY_LEN])
{
	memcpy(ccm->key, key, CRYPTO_KEY_LEN);
}

void crypto__ccm_destroy(struct crypto_ccm *ccm)
{
	crypto__wipe(ccm, sizeof(*ccm));
}

int crypto__ccm_encrypt(const struct crypto_ccm *ccm, const uint8_t nonce[CRYPTO_NONCE_LEN],
			uint8_t additional, const uint8_t *plain, size_t len, uint8_t *cipher)
{
	psa_key_id_t id;
	size_t out;
	psa_status_t status = import_aes(ccm->key, PSA_KEY_USAGE_ENCRYPT, CCM_ALG, &id);

	if (status == PSA_SUCCESS) {
		status = psa_aead_encrypt(id, CCM_ALG, nonce, CRYPTO_NONCE_LEN, &additional, 1,
					  plain, len, cipher, len + CRYPTO_MIC_LEN, &out);
		(void)psa_destroy_key(id);
	}
	if (status != PSA_SUCCESS) {
		memset(cipher, 0, len + CRYPTO_MIC_LEN);
	}
	return to_errno(status, "AES-CCM");
}

int crypto__ccm_decrypt(const struct crypto_ccm *ccm, const uint8_t nonce[CRYPTO_NONCE_LEN],
			uint8_t additional, const uint8_t *cipher, size_t len, uint8_t *plain)
{
	psa_key_id_t id;
	psa_status_t status;
	size_t out;

	if (len < CRYPTO_MIC_LEN) {
		return -EBADMSG;
	}
	status = import_aes(ccm->key, PSA_KEY_USAGE_DECRYPT, CCM_ALG, &id);
	if (status == PSA_SUCCESS) {
		status = psa_aead_decrypt(id, CCM_ALG, nonce, CRYPTO_NONCE_LEN, &additional, 1,
					  cipher, len, plain, len - CRYPTO_MIC_LEN, &out);
		(void)psa_destroy_key(id);
	}
	if (status == PSA_SUCCESS) {
		return 0;
	}
	if (len > CRYPTO_MIC_LEN) {
		memset(plain, 0, len - CRYPTO_MIC_LEN);
	}
	return status == PSA_ERROR_INVALID_SIGNATURE ? -EBADMSG : to_errno(status, "AES-CCM");
}

static psa_status_t import_p256(const uint8_t *secret, psa_key_id_t *id)
{
	return import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), 8 * CRYPTO_P256_LEN,
		      PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, secret, CRYPTO_P256_LEN, id);
}

int crypto__p256_public(const uint8_t secret[CRYPTO_P256_LEN], struct crypto_point *shared)
{
	uint8_t point[POINT_LEN];
	psa_key_id_t id;
	size_t len;
	psa_status_t status = import_p256(secret, &id);

	memset(shared, 0, sizeof(*shared));
	if (status == PSA_ERROR_INVALID_ARGUMENT) {
		return -EINVAL;
	}
	if (status == PSA_SUCCESS) {
		status = psa_export_public_key(id, point, sizeof(point), &len);
		(void)psa_destroy_key(id);
	}
	if (status == PSA_SUCCESS) {
		memcpy(shared->x, &point[1], CRYPTO_P256_LEN);
		memcpy(shared->y, &point[1 + CRYPTO_P256_LEN], CRYPTO_P256_LEN);
	}
	return to_errno(status, "P-256 public key");
}

int crypto__p256_generate(uint8_t secret[CRYPTO_P256_LEN], struct crypto_point *shared)
{
	int err;

	/* All but 2^-32 of the 256-bit numbers are private keys; a second miss is a broken source.
	 */
	for (int attempt = 0; attempt < 2; attempt++) {
		err = crypto__random(secret, CRYPTO_P256_LEN);
		if (err == 0) {
			err = crypto__p256_public(secret, shared);
		}
		if (err != -EINVAL) {
			break;
		}
	}
	if (err != 0) {
		crypto__wipe(secret, CRYPTO_P256_LEN);
	}
	return err == -EINVAL ? -EIO : err;
}

int crypto__p256_dh(const uint8_t secret[CRYPTO_P256_LEN], const struct crypto_point *peer,
		    uint8_t dhkey[CRYPTO_P256_LEN])
{
	uint8_t point[POINT_LEN] = {UNCOMPRESSED};
	psa_key_id_t id;
	size_t len;
	psa_status_t status = import_p256(secret, &id);

	if (status == PSA_SUCCESS) {
		memcpy(&point[1], peer->x, CRYPTO_P256_LEN);
		memcpy(&point[1 + CRYPTO_P256_LEN], peer->y, CRYPTO_P256_LEN);
		status = psa_raw_key_agreement(PSA_ALG_ECDH, id, point, sizeof(point), dhkey,
					       CRYPTO_P256_LEN, &len);
		(void)psa_destroy_key(id);
	}
	if (status != PSA_SUCCESS) {
		crypto__wipe(dhkey, CRYPTO_P256_LEN);
	}
	return status == PSA_ERROR_INVALID_ARGUMENT ? -EINVAL : to_errno(status, "ECDH");
}

int crypto__random(void *dst, size_t len)
{
	return fav_kernel_port()->entropy(dst, len);
}

void crypto__wipe(void *secret, size_t len)
{
	volatile uint8_t *at = secret;

	while (len-- > 0) {
		*at++ = 0;
	}
}

int crypto__compare(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *left = a;
	const volatile uint8_t *right = b;
	uint8_t differ = 0;

	while (len-- > 0) {
		differ |= *left++ ^ *right++;
	}
	return differ;
}
