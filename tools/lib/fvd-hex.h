/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as hex digits.
 */
#ifndef FVD_HEX_H
#define FVD_HEX_H

#include "fvd-portability.h"

/** fvd_hex_print() - two digits a byte. */
void fvd_hex_print(FILE *out, const void *bytes, size_t nr);

/** fvd_hex_byte() - two digits; false if they are none. */
bool fvd_hex_byte(const char *text, u8 *byte);

/**
 * fvd_hex_parse() - all of @text, at most @max bytes; false if it is wrong.
 * @nr: receives the number of bytes
 */
bool fvd_hex_parse(const char *text, u8 *bytes, size_t max, size_t *nr);

#endif /* FVD_HEX_H */
